"""What is kept and how it grows: the graphs on disk or at a server, snapshots, and happenings settled across articles."""
