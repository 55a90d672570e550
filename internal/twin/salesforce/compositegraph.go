package salesforce

import (
	"fmt"
	"net/http"
)

// Bounds of a call with graphs.
const (
	maxGraphs       = 75
	maxNodes        = 500
	maxNodeKinds    = 15
	maxGraphDepth   = 15
	maxFailedGraphs = 14
)

// graph is a set of parts that are done all or none, in the order they need each other.
type graph struct {
	id    string
	parts []*part
}

// graphs answers /composite/graph.
func (t *Twin) graphs(q *request) (answer, *apiError) {
	n, refusal := q.document()
	if refusal != nil {
		return answer{}, refusal
	}
	list, refusal := listWith(n, "graphs", nil)
	if refusal != nil {
		return answer{}, refusal
	}
	all, refusal := graphsOf(list)
	if refusal != nil {
		return answer{}, refusal
	}
	results := make([]ordered, len(all))
	failed := 0
	for i, g := range all {
		var parts []ordered
		ok := failed < maxFailedGraphs
		if ok {
			parts, ok = t.runParts(q, g.parts, rules{allOrNone: true, anyOrder: true})
		} else {
			for _, p := range g.parts {
				parts = append(parts, (&partResult{a: halted("Too many graphs failed.")}).show(p.ref))
			}
		}
		if !ok {
			failed++
		}
		results[i] = ordered{{"graphId", g.id}, {"graphResponse", ordered{{"compositeResponse", parts}}}, {"isSuccessful", ok}}
	}
	return answer{status: http.StatusOK, body: ordered{{"graphs", results}}}, nil
}

func graphsOf(list []*jsonNode) ([]graph, *apiError) {
	nodes, kinds, ids := 0, map[string]bool{}, map[string]bool{}
	var out []graph
	for _, n := range list {
		g, refusal := graphOf(n)
		switch {
		case refusal != nil:
			return nil, refusal
		case ids[g.id]:
			return nil, badRequest("JSON_PARSER_ERROR", "Duplicate graphId found: "+g.id)
		}
		ids[g.id] = true
		nodes += len(g.parts)
		for _, p := range g.parts {
			kinds[p.kind()] = true
		}
		out = append(out, g)
	}
	for _, bound := range []struct {
		what      string
		have, max int
	}{{"graphs", len(out), maxGraphs}, {"nodes", nodes, maxNodes}, {"different nodes", len(kinds), maxNodeKinds}} {
		if bound.have > bound.max {
			return nil, badRequest("LIMIT_EXCEEDED", fmt.Sprintf("The request can contain up to %d %s", bound.max, bound.what))
		}
	}
	return out, nil
}

func graphOf(n *jsonNode) (graph, *apiError) {
	var g graph
	if id := n.member("graphId"); id != nil {
		g.id = id.text
	}
	list := n.member("compositeRequest")
	if !referenceIDForm.MatchString(g.id) || list == nil {
		return g, errParser("A graph needs a graphId and a compositeRequest" + n.place.String())
	}
	var refusal *apiError
	if g.parts, refusal = partsOf(list.items); refusal != nil {
		return g, refusal
	}
	for _, p := range g.parts {
		segs := p.resource()
		row := len(segs) >= 2 && len(segs) <= 4 && segs[0] == "sobjects" && segs[len(segs)-1] != "describe"
		if !row || p.method == http.MethodPut {
			return g, badRequest("INVALID_INPUT", "A graph can only work on records: "+p.method+" "+p.url)
		}
	}
	if g.depth() > maxGraphDepth {
		return g, badRequest("LIMIT_EXCEEDED", fmt.Sprintf("A graph can be up to %d deep", maxGraphDepth))
	}
	return g, nil
}

// depth is the number of parts in the longest chain of parts that need each other. A circle
// is as deep as the graph is large.
func (g graph) depth() int {
	place := map[string]int{}
	for i, p := range g.parts {
		place[p.ref] = i
	}
	level := make([]int, len(g.parts))
	deepest := 0
	for range g.parts { // each round settles at least one more level
		for i, p := range g.parts {
			level[i] = 1
			for _, ref := range p.uses {
				if at, ok := place[ref]; ok {
					level[i] = max(level[i], min(level[at]+1, len(g.parts)))
				}
			}
			deepest = max(deepest, level[i])
		}
	}
	return deepest
}
