"""What `date_events` needs: which predicate a time dates, which clauses share it, and what the story before leaves understood."""
