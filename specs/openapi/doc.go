// Package openapi reads one OpenAPI description into schema types and raw
// operations, and judges HTTP exchanges against one.
//
// [Load] takes untrusted bytes: a file somebody was sent, or one a vendor's server
// made. Size, nesting and alias expansion are bounded before anything is built, an
// external $ref is refused and never fetched, and what is wrong comes back as
// diagnostics with their places. It does not demand a valid document: the files of
// both vendors this project began with break the rules (string defaults on booleans,
// keys beside $ref, conflicting templates) and are useful all the same. What cannot
// be understood becomes [schema.Any].
//
// The ideas in order:
//
//   - the text becomes an ordered [tree] whose nodes know their line, because field
//     order and places are lost in every typed model of OpenAPI;
//   - an overlay (OpenAPI Overlay 1.0) edits the tree, so that everything below sees
//     one document;
//   - component schemas become named objects, anonymous ones are named after their
//     place, and cycles need no care because types refer by name;
//   - operations are listed in the order of the file, with a derived id where the
//     file gives none.
//
// The tree is read here rather than with kin-openapi because the 18.9 MB description
// of a Salesforce org takes that library 4.7 s and 1 GB of allocation, and because it
// does not keep the order of properties. The [Validator] does use it: judging a
// message against a JSON schema is a large thing that it does well.
//
// Operation and root keywords (x-pw-…) are handed on as they stand; package catalog
// knows what they mean. docs/overlay.md lists all of them.
package openapi
