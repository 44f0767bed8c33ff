"""Bad days: kill -9, full disks, vanished peers, wrong clocks. `scripts/test --chaos 1000` for a long one."""
