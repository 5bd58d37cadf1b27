"""What `attribute` needs: who says what (quotations, cues and their contents), and what grammar makes of an event."""
