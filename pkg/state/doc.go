// Package state keeps what belongs to this host alone, in a folder of files:
// the locks by which one run of a kind goes at a time, and the journals of the
// mails that runs had in hand.
//
// Nothing depends on it for the promise that each mail leaves once, which the
// ledger in Odoo keeps for all hosts. The folder may be lost at any time.
//
// A journal makes the next run on this host sure about the mails of one that
// died: those that it began and did not end are uncertain, at most as many as
// it had connections, and all others are not. The dangerous conclusion is
// "never begun", since it is drawn from a line that is not there. It is drawn
// when all of this holds, and otherwise the rules without a journal do:
//
//   - The run is dead. It held a lock on its journal, which the kernel gives up
//     with the process, and so does the reader now. That is another lock than
//     the job's, whose file people take for a remnant and delete.
//   - The line was written before the mail's DATA command. A run that cannot
//     write deletes its journal first, and when that is impossible too, it
//     begins no mail. A line that is torn at the end was never followed by
//     anything.
//   - What was written is there. The kernel is the same as then, by its boot id:
//     a process that is killed takes nothing with it of what it wrote, a power
//     failure may. That is why nothing is synced to the disk; it would cost each
//     mail a turn of it, for a case in which the rules without a journal hold.
//     The file system is one of this kernel's own, so that no other machine and
//     no network comes between.
//   - It is the same file, by its number and birth, and not a copy that
//     was made meanwhile; and nobody changed it after its last line, as by
//     putting an older version back. The kernel's time of the last change, which
//     nobody can set, is at most two seconds from the last line's.
//   - Its lines are whole and all there: each carries a checksum over all before.
//
// That a mail was sent is a fact wherever it is read. So of a journal with
// other doubts than a wrong checksum those lines still count.
//
// The journal of a job holds Message-IDs, times and the tokens of runs, no
// addresses and no subjects. Each run begins a new file, with what there is to
// know of earlier ones: for a week, because Odoo may carry out the last call of
// a run that died after the next run has looked.
package state
