"""Pages for people: server-rendered, live through server-sent events, no request to anywhere else."""
