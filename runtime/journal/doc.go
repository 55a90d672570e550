// Package journal is the append-only record of everything that was decided and done.
// It is kept in one bbolt file and this package is the only one that knows so.
//
// The ideas, in the order in which they are needed:
//
//   - An [Entry] is one line of the record. Entries are numbered through the whole
//     journal (Seq) and through their stream (Index); a stream is a name, such as one
//     run or one plan, whose entries are read together and in order. Nothing is ever
//     changed or removed.
//   - A [Batch] is what [Journal.Commit] applies, all or nothing: entries, claims and
//     pairs. When Commit returns nil the batch is on the disk and survives a power cut.
//   - A claim is a key that can be taken once, for ever. It is how an event becomes one
//     run and no more, whatever happens in between.
//   - A [Pair] is a small value that may be replaced. Pairs are an index that can be
//     rebuilt from the entries; nothing may depend on a pair alone.
//   - One goroutine writes. It takes every batch that waits and commits them together,
//     so a lone caller pays for one commit and two hundred callers share one.
//   - Nothing is answered before it is synced: a read that would see a commit whose sync
//     is still under way waits for it.
//   - After a commit that failed, what is on the disk is not known. The journal then
//     refuses every later commit with [ErrStopped]; the process must end, start again and
//     read what is really there.
//   - Each entry carries the hash of all entries up to itself, so that [Journal.Verify]
//     notices any entry that was changed, removed, added or moved, and any missing claim.
//
// What entries mean, folding them to states and keeping heads somewhere safe is left to
// the packages above. Secrets do not belong in any entry, claim or pair.
//
// # Cost
//
// A commit costs two syncs of the disk (pages, then the page that makes them count).
// Memory does not grow with the journal: reads of many things go in pages of at most
// about one megabyte, and no read transaction is held while a caller looks at results.
//
// # File format, version 1
//
// The file is a bbolt file with the page size of the machine that made it, mode 0600.
// Whole numbers are big-endian ("u64") or unsigned LEB128 as in encoding/binary
// ("uvarint"); "text" is a uvarint length in bytes followed by that many bytes of UTF-8.
// Five buckets lie at its root:
//
//	about    "format" → "1"
//	entries  u64 seq → record
//	streams  stream name → u64 index, u64 seq (of the stream's last entry)
//	claims   key → u64 seq (of the entry that took it)
//	pairs    key → value
//
// A record is, without padding:
//
//	 0  32 bytes  chain: SHA-256 over the previous record's chain and this record from byte 32
//	              to its end; before the first record the chain is 32 zero bytes
//	32  1 byte    record version: 1, or 2 once the data was pruned
//	33  8 bytes   u64 time of the entry: two's complement nanoseconds since 1970-01-01 UTC
//	41  uvarint   index in the stream, from 1
//	    uvarint   seq of the stream's entry before this one, 0 for the first
//	    text      stream
//	    text      kind
//	    uvarint   number of claims taken with this entry, then as many texts
//	    rest      data: one JSON value without insignificant white space; none in version 2
//
// The claims of a batch are written into its first record. Seq is not in the record: it
// is the key, and the chain fixes the order. Readers refuse versions they do not know.
//
// Beside the file lies FILE.holder while a process has the journal open for writing: one
// JSON object {"pid", "holder", "since"} that is only read to tell a second process whom
// to ask. The lock itself is the operating system's lock on the journal file, so a holder
// file left by a killed process does no harm.
package journal
