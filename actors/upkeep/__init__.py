"""What is done in the background, over hours or for many chargers: campaigns, jobs, lists, files, certificates."""
