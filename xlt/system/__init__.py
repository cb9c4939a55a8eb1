"""The ground floor: files, locks, signals, exit status, full disks, cores, memory, redaction of credentials."""
