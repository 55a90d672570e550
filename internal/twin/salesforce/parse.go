package salesforce

import "errors"

// Statement is a SELECT statement as the twin reads it: what tests hold a writer of
// queries to.
type Statement struct {
	Fields   []string // paths and functions as written
	Children []*Statement
	From     string
	Where    *Condition // nil when there is none
	Order    []string   // "Name" or "Name DESC"
	Limit    int        // -1 when there is none
}

// Condition is a part of a WHERE: AND, OR and NOT have parts, the others a field and
// literals.
type Condition struct {
	Op     string // "AND", "=", "LIKE", "NOT IN", …
	Parts  []*Condition
	Field  string
	Values []Literal
	Query  *Statement // after IN, instead of values
}

// Literal is one value of a condition.
type Literal struct {
	// Kind is "string", "number", "date", "datetime", "literal" for LAST_N_DAYS:3 and its kin,
	// or "name" for TRUE, FALSE, NULL and TODAY.
	Kind string
	// Text is the value without quotes and escapes.
	Text string
	// Wild lists the characters of Text, counted from 0, that are wildcards of a LIKE.
	Wild []int
}

// ParseSOQL reads a statement as GET /query does, names not yet looked up.
func ParseSOQL(text string) (*Statement, error) {
	q, refusal := parseSOQL(text)
	if refusal != nil {
		return nil, errors.New(refusal.items[0].Message)
	}
	return statementOf(q)
}

func statementOf(q *query) (*Statement, error) {
	s := &Statement{From: q.from.text, Limit: q.limit}
	for _, e := range q.items {
		s.Fields = append(s.Fields, e.String())
	}
	for _, o := range q.order {
		text := o.by.String()
		if o.down {
			text += " DESC"
		}
		s.Order = append(s.Order, text)
	}
	for _, sub := range q.subs {
		child, err := statementOf(sub)
		if err != nil {
			return nil, err
		}
		s.Children = append(s.Children, child)
	}
	var err error
	if q.where != nil {
		s.Where, err = conditionOf(q.src, q.where)
	}
	return s, err
}

func conditionOf(src string, c *cond) (*Condition, error) {
	if c.sub != nil {
		sub, err := statementOf(c.sub)
		if err != nil {
			return nil, err
		}
		return &Condition{Op: string(c.op), Field: c.left.String(), Query: sub}, nil
	}
	out := &Condition{Op: string(c.op), Field: c.left.String()}
	for _, part := range c.parts {
		p, err := conditionOf(src, part)
		if err != nil {
			return nil, err
		}
		out.Parts = append(out.Parts, p)
	}
	for _, v := range c.values {
		lit := Literal{Kind: string(v.kind), Text: v.text}
		if v.kind == tokString {
			ps, refusal := unescape(src, v, c.op == condLike)
			if refusal != nil {
				return nil, errors.New(refusal.items[0].Message)
			}
			lit.Text = textOf(ps)
			for i, p := range ps {
				if p.wild != 0 {
					lit.Wild = append(lit.Wild, i)
				}
			}
		}
		out.Values = append(out.Values, lit)
	}
	return out, nil
}
