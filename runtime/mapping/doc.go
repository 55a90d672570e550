// Package mapping holds controlled tables: which value of one system stands for which
// record of another, decided row by row by named people.
//
// A [Table] is the fold of the [Event]s of one mapping of one plan. Each key, such as the
// id of a product, or a country with a product family, has at most one approved row and
// at most one row that waits for a decision. Only approved rows are visible through
// [Table.Row], which is all that a run ever sees; everything else is for people.
//
// The states of a row, and what moves it:
//
//	                 ┌── rejected  ──► (gone from sight; the key may be proposed again)
//	proposed ────────┤
//	 ▲  │            └── approved  ──► withdrawn ──► (the same)
//	 └──┘ a newer proposal of the key   │   ▲
//	      takes its place               └───┘ another row of the key is approved
//	                                          and takes its place
//
// A decision names the digest of the row it is about. If the row that waits is another
// one by then, as when two people look at the same page, the decision is refused.
//
// Approving a row for a key that had none changes no row that anybody relied on. Changing
// or withdrawing an approved row does: [Table.Changed] compares with an earlier
// [Table.Snapshot] and lists the keys, and a plan approved under that snapshot is stale.
//
// # CSV
//
// [Table.WriteCSV] and [Table.ReadCSV] lose nothing. The first line names the columns:
//
//	from.NAME    one for each input, the key
//	to.PATH      one for each field of the target, PATH with dots: to.SalesDetails.AccountCode
//	label.from   what a person sees for the source; label.to for the target
//	state score reasons evidence version
//	proposed_by proposed_at by at comment
//
// Only from.* and to.* are needed for an import. A cell is text, exactly as it stands,
// unless it begins with "json:"; then the rest is one JSON value. That form is written for
// numbers and other values that are not text (json:12.50), for empty text in to.*
// (json:"", as an empty cell there means that the field is absent), and for text that
// begins with "json:" or holds a carriage return, which CSV readers drop.
//
// Text that begins with = + - or @ is written as it is, since account codes and names may
// begin so. A spreadsheet program may take such a cell for a formula: import the columns
// as text there, and do not open a file from somebody you do not trust.
package mapping
