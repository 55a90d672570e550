package drawing

import (
	"fmt"
	"slices"

	"github.com/planwright/planwright/runtime/check"
)

// Measures, in pixels.
const (
	width    = 800
	margin   = 16
	gap      = 24 // between cards, for the arrow
	indent   = 36 // of what is inside a repetition or under a condition
	rail     = 96
	padding  = 14
	column   = 208 // of labels and field names
	titlePx  = 16
	rowPx    = 14
	titleRow = 22
	row      = 19
	pill     = 84 // of WRITES and of a state
)

// canvas collects shapes from top to bottom.
type canvas struct {
	opts   Options
	apis   []string // sorted; the place decides the colour
	shapes []shape
	y      int
	arrows bool // the next card has one before it
	depth  int  // of the card above
}

func newCanvas(o check.Outline, opts Options) *canvas {
	c := &canvas{opts: opts, y: margin, apis: []string{}}
	if o.Trigger.API != "" {
		c.apis = append(c.apis, o.Trigger.API)
	}
	c.collect(o.Steps)
	slices.Sort(c.apis)
	c.apis = slices.Compact(c.apis)
	return c
}

func (c *canvas) collect(steps []check.OutlineStep) {
	for _, s := range steps {
		if s.API != "" {
			c.apis = append(c.apis, s.API)
		}
		c.collect(s.Steps)
	}
}

// card is one box before it is placed.
type card struct {
	look   look
	number string
	api    string // decides the colour of the rail; "" for a guard
	system string
	state  State
	indent int
	title  string
	rows   []cardRow
}

// look is how loud a card is.
type look int

const (
	plainCard look = iota
	writeCard
	guardCard
)

// cardRow is one line of a card, or a few when its text wraps. With a label the text
// stands in the second column.
type cardRow struct {
	label, labelClass string
	text, class       string
	lines             int // at most
}

func (c *canvas) add(s shape) { c.shapes = append(c.shapes, s) }

func (c *canvas) text(class string, x, y int, text string) {
	c.add(shape{Kind: "text", Class: class, X: x, Y: y, Text: text})
}

// place draws a card below what is there.
func (c *canvas) place(d card) {
	left := margin + d.indent*indent
	if d.look == guardCard {
		left += indent
	}
	c.arrow(d.indent)
	right := width - margin
	inner := left + rail + padding
	room := right - padding - inner
	titleRoom := room
	if d.look == writeCard {
		titleRoom -= pill + padding
	}
	if d.state != "" {
		titleRoom -= pill + padding
	}
	title := wrap(d.title, titlePx, titleRoom, 2)
	rows := make([]laid, len(d.rows))
	height := 2*padding + len(title)*titleRow - 4
	for i, r := range d.rows {
		rows[i] = r.lay(room)
		height += rows[i].height
	}
	height = max(height, 64)
	top := c.y
	c.box(d, left, top, right-left, height)
	y := top + padding + titleRow - 8
	for _, line := range title {
		c.text(d.titleClass(), inner, y, line)
		y += titleRow
	}
	y -= titleRow - row - 2
	for _, r := range rows {
		c.row(r, inner, y)
		y += r.height
	}
	c.marks(d, right, top)
	c.y, c.arrows, c.depth = top+height, true, d.indent
}

func (d card) titleClass() string {
	if d.look == guardCard {
		return "guard-title"
	}
	return "title"
}

// laid is a row cut into lines.
type laid struct {
	cardRow
	names, texts []string
	above        int // space before it
	height       int
}

// lay cuts a row to the width there is. Long names of fields break rather than end in an
// ellipsis: two fields must not look like one.
func (r cardRow) lay(room int) laid {
	l := laid{cardRow: r}
	if r.label != "" {
		room -= column
		l.names = wrap(r.label, rowPx+1, column-12, 3) // most are bold, hence wider
	}
	l.texts = wrap(r.text, rowPx, room, max(r.lines, 1))
	if r.class == "group" {
		l.above = 5
	}
	l.height = l.above + max(len(l.names), len(l.texts), 1)*row
	return l
}

func (c *canvas) row(r laid, x, y int) {
	y += r.above
	for i, line := range r.names {
		c.text(r.labelClass, x, y+i*row, line)
	}
	if r.label != "" {
		x += column
	}
	for i, line := range r.texts {
		c.text(r.class, x, y+i*row, line)
	}
}

// box draws the frame of a card and its rail.
func (c *canvas) box(d card, x, y, w, h int) {
	class := map[look]string{plainCard: "box", writeCard: "box-write", guardCard: "box-guard"}[d.look]
	if d.state == Running || d.state == Held || d.state == Failed {
		class += " current"
	}
	c.add(shape{Kind: "rect", Class: class, X: x, Y: y, W: w, H: h, R: 8})
	c.add(shape{Kind: "path", Class: c.railClass(d.api), Text: railPath(x, y, h)})
	middle := x + rail/2
	if d.number != "" {
		c.text("number", middle, y+28, d.number)
	}
	at := y + 46
	if d.number == "" {
		at = y + h/2
	}
	for _, line := range wrap(d.system, 12, rail-8, 2) {
		c.text("system", middle, at, line)
		at += 14
	}
}

// railPath is a bar with the card's round corners at its left.
func railPath(x, y, h int) string {
	return fmt.Sprintf("M%d %dH%dV%dH%dA8 8 0 0 1 %d %dV%dA8 8 0 0 1 %d %dZ", x+8, y, x+rail, y+h, x+8, x, y+h-8, y+8, x+8, y)
}

func (c *canvas) railClass(api string) string {
	if i := slices.Index(c.apis, api); i >= 0 {
		return fmt.Sprintf("rail rail-%d", i%6)
	}
	return "rail"
}

// marks puts WRITES and the state of a run into the upper right corner.
func (c *canvas) marks(d card, right, top int) {
	x := right - padding - pill
	if d.look == writeCard {
		c.add(shape{Kind: "rect", Class: "writes", X: x, Y: top + 10, W: pill, H: 24, R: 4})
		c.text("writes-word", x+pill/2, top+27, "WRITES")
		x -= pill + 8
	}
	if d.state != "" {
		c.add(shape{Kind: "rect", Class: "state state-" + string(d.state), X: x, Y: top + 10, W: pill, H: 24, R: 12})
		c.text("state-word state-word-"+string(d.state), x+pill/2, top+26, string(d.state))
	}
}

// arrow leads from the card above to the next one, where both have their rail.
func (c *canvas) arrow(depth int) {
	if !c.arrows {
		return
	}
	x := margin + (max(depth, c.depth)+1)*indent + rail/3
	c.add(shape{Kind: "path", Class: "arrow", Text: fmt.Sprintf("M%d %dV%d", x, c.y, c.y+gap-6)})
	c.add(shape{Kind: "path", Class: "head", Text: fmt.Sprintf("M%d %dh12l-6 8z", x-6, c.y+gap-8)})
	c.y += gap
}
