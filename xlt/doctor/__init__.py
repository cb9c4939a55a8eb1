"""Is everything in place for a run? Libraries, known holes, disk, memory, device: each with what to do.

Nothing but the standard library is imported here, and what may be broken is tried in a child process:
this has to answer where torch does not even load. It also runs as `python -m xlt.doctor`.
"""
