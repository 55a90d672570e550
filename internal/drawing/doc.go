// Package drawing makes pictures of plans for people who decide about them.
//
// A plan is read, not wired, so its picture is one column of numbered cards in the order
// the steps run. The rail at the left of a card names the system it speaks to, in words
// and in a colour. A write is framed heavily, says WRITES, lists every field it sets with
// where the value comes from, and says what keeps it from happening twice. Guards are
// smaller; what runs only under a condition or repeatedly is set in and labelled so.
//
// [SVG] draws what [check.Outline] tells and adds nothing. The picture holds classes and
// no inline style or script, so that it may stand in a page under a strict content policy
// together with [CSS]; alone in a file it carries its style itself. The same picture
// serves a light and a dark screen and paper. [Mermaid] writes the plan in the notation
// that code hosts draw.
//
// A plan's names and a planner's words are anybody's text. They are escaped, bounded in
// length, and characters that hide or turn round what stands beside them are shown as
// their numbers: a person must not be made to approve something other than what is there.
package drawing
