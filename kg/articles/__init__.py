"""What `read` needs: bytes into text, a page into its article, its date and language."""
