// Linked into a program, this ends it with a sentence where an allocation is refused whose caller does
// not look at the result: the Swift runtime aborts there, with a stack trace.
//
// It stands before the C library's malloc and its relatives and does nothing until
// `cmemory_exit_when_exhausted` was called. Programs only: a library must not do this to others. Absent
// under sanitizers, which do the same themselves, and with other C libraries than glibc.
#ifndef CMEMORYGUARD_H
#define CMEMORYGUARD_H
#endif
