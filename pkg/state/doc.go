// Package state keeps the files of this host, in one folder: locks, by which one
// run of a job goes at a time, and journals of the mails that runs had in hand.
//
// No mail leaves twice because the folder is lost: the ledger in Odoo, which all
// hosts share, makes sure of that without it.
//
// The names of the files are fixed, so only regular files of this user or the
// folder's owner are opened, once, and no link is followed. What root makes
// belongs to the folder's owner, so that their runs go on. A file system that
// does not answer keeps no run from ending.
//
// After a run died, its journal tells the next run on this host which mails are
// uncertain: those that were begun and not ended, at most as many as the run had
// connections. All others are not. "It was never begun" is the dangerous
// conclusion, since it is drawn from a line that is missing. It is drawn only if
// all of this holds; otherwise the ledger's own rules apply:
//
//   - The run is dead. It held a lock on its journal, which the kernel released
//     with the process, and the reader holds now. This is not the job's lock,
//     whose file people delete when they take it for a leftover.
//   - The line was written before the mail's DATA command. A run that cannot
//     write a line deletes its journal first, and begins no mail if it cannot
//     do that either. A line that is cut off at the end was never followed by
//     anything.
//   - Nothing that was written is lost. A process that is killed loses nothing;
//     a machine that loses power may, so the kernel's boot id must be the same
//     as then. For this reason no line is synced to the disk. The file system
//     must be local: with no other machine and no network in between.
//   - It is the same file, by its number and birth, and no copy that was made in
//     between. Nobody changed it after its last line, for example by restoring
//     an older version: the time of the last change, which no program can set,
//     is at most two seconds from that line's.
//   - All lines are there: each carries a checksum of all lines before it.
//
// That a mail was sent remains true in a copy. So these lines count even if the
// rest does not, unless a checksum is wrong.
//
// A journal holds Message-IDs, times and the runs' tokens, no addresses and no
// subjects. Each run begins a new file and copies what earlier runs noted in the
// last week, because Odoo may carry out a dead run's last call only after the
// next run has looked.
package state
