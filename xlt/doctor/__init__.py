"""Checkup of a machine before a run: libraries, known vulnerabilities, disk, memory, device.

Nothing but the standard library is imported here, and what may be broken is tried in a child process:
this has to answer where torch does not even load. It also runs as `python -m xlt.doctor`.
"""
