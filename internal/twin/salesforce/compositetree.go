package salesforce

import (
	"fmt"
	"net/http"
)

// Bounds of a tree.
const (
	maxTreeLevels = 5
	maxTreeTypes  = 5
)

// treeNode is one record of a tree, its parent before it.
type treeNode struct {
	o       *object
	ref     string
	in      map[string]any
	parent  *treeNode
	field   string // of the record, that points at the parent
	level   int
	made    *row
	refused *apiError
}

// tree answers /composite/tree/{object}: records with their children, made all or none.
func (t *Twin) tree(q *request) (answer, *apiError) {
	o, ok := t.schema.find(q.segs[2])
	if !ok {
		return answer{}, errNotFound()
	}
	q.route = "/composite/tree/" + o.name
	n, refusal := q.document()
	if refusal != nil {
		return answer{}, refusal
	}
	nodes, refusal := t.treeOf(o, n)
	if refusal != nil {
		return answer{}, refusal
	}
	u := &t.store.undo
	at := u.begin()
	defer u.end()
	failed := false
	for _, node := range nodes {
		t.plant(node)
		failed = failed || node.refused != nil
	}
	if failed {
		u.rollback(at)
		return answer{status: http.StatusBadRequest, body: ordered{{"hasErrors", true}, {"results", treeErrors(nodes)}}}, nil
	}
	results := make([]ordered, len(nodes))
	for i, node := range nodes {
		results[i] = ordered{{"referenceId", node.ref}, {"id", node.made.id()}}
	}
	return answer{status: http.StatusCreated, body: ordered{{"hasErrors", false}, {"results", results}}}, nil
}

// plant makes one record below its parent, unless that was refused.
func (t *Twin) plant(node *treeNode) {
	if node.parent != nil {
		if node.parent.made == nil {
			return
		}
		node.in[node.field] = node.parent.made.id()
	}
	if !node.o.create {
		node.refused = errOperation("create", node.o)
		return
	}
	node.made, node.refused = t.create(node.o, node.in)
}

func treeErrors(nodes []*treeNode) []ordered {
	var out []ordered
	for _, node := range nodes {
		if node.refused != nil {
			result := node.refused.result(false)
			out = append(out, ordered{{"referenceId", node.ref}, result[1]})
		}
	}
	return out
}

// treeOf reads a tree level by level.
func (t *Twin) treeOf(o *object, n *jsonNode) ([]*treeNode, *apiError) {
	list, refusal := listWith(n, "records", nil)
	if refusal != nil {
		return nil, refusal
	}
	type pending struct {
		n      *jsonNode
		o      *object
		parent *treeNode
		field  string
	}
	var queue []pending
	for _, record := range list {
		queue = append(queue, pending{n: record, o: o})
	}
	var out []*treeNode
	types, refs := map[*object]bool{}, map[string]bool{}
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		node, below, refusal := t.treeNode(p.o, p.n, p.parent, p.field)
		switch {
		case refusal != nil:
			return nil, refusal
		case refs[node.ref]:
			return nil, badRequest("INVALID_INPUT", "Duplicate ReferenceId provided in the request: "+node.ref)
		}
		out, types[p.o], refs[node.ref] = append(out, node), true, true
		if len(out) > maxCollected || node.level > maxTreeLevels || len(types) > maxTreeTypes {
			return nil, badRequest("INVALID_INPUT", fmt.Sprintf("A tree can have %d records, %d levels and %d types of records", maxCollected, maxTreeLevels, maxTreeTypes))
		}
		for _, b := range below {
			for _, record := range b.records {
				queue = append(queue, pending{record, b.o, node, b.field})
			}
		}
	}
	return out, nil
}

// branch is the children of a record under one relationship.
type branch struct {
	o       *object
	field   string
	records []*jsonNode
}

// treeNode reads one record and sets the children in it apart.
func (t *Twin) treeNode(o *object, n *jsonNode, parent *treeNode, field string) (*treeNode, []branch, *apiError) {
	node := &treeNode{o: o, parent: parent, field: field, level: 1}
	if parent != nil {
		node.level = parent.level + 1
	}
	of, refusal := t.typeOf(n)
	switch ref := n.member("attributes"); {
	case refusal != nil:
		return nil, nil, refusal
	case of != o:
		return nil, nil, badRequest("INVALID_INPUT", "The type of the record does not match: "+of.name+n.place.String())
	case ref.member("referenceId") != nil:
		node.ref = ref.member("referenceId").text
	}
	if node.ref == "" {
		return nil, nil, badRequest("INVALID_INPUT", "Include a reference ID for each record in the request."+n.place.String())
	}
	own := &jsonNode{kind: n.kind, place: n.place}
	var below []branch
	for _, m := range n.members {
		c, ok := o.child(m.name)
		if !ok {
			own.members = append(own.members, m)
			continue
		}
		list, refusal := listWith(m.value, "records", nil)
		if refusal != nil {
			return nil, nil, refusal
		}
		child, _ := t.schema.find(c.object)
		below = append(below, branch{child, c.field, list})
	}
	node.in, refusal = t.readRecord(o, own)
	return node, below, refusal
}
