// Package web serves the pages on which a person describes a workflow, reads what it would
// do, decides, and watches it run.
//
// Its ideas, in order:
//
//   - A page is a struct. A handler asks package app, fills the struct and returns it as an
//     answer; the same struct goes through a template for a browser and through JSON for a
//     program. Nothing is written before the whole page is rendered, so half a page is never
//     sent.
//   - Reading is GET and changes nothing. Whatever changes something is a POST by a person
//     who is signed in, and is answered by a redirect to what came of it. The table of
//     routes in routes.go is the whole list.
//   - A handler returns an error and one table turns it into a status and a page. What the
//     table does not know is a 500 with a plain sentence, and goes to the log.
//   - A person signs in with a one-time link that somebody with the right to hand them out
//     gave them: the program at its start, or a person on the page of people. Opening the
//     link shows a button and uses nothing up, because chat programs open links, too.
//     Sessions live in memory: a restart signs everybody out.
//   - Everything works without script. The script adds keys, live parts and decisions that
//     need no reload; it can do nothing that a form on the page cannot.
//   - Text from vendors, people and models is text: it meets HTML in templates only, the
//     policy of every page forbids scripts and styles from anywhere but here, and pages load
//     nothing from another host.
//
// Nothing is decided here. What may happen is the business of package app and of what lies
// below it.
package web
