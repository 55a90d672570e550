package pubsub

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/planwright/planwright/specs/catalog"
)

// refusal is why a call or stream ended, classed.
type refusal struct {
	class catalog.Class
	wait  time.Duration // at least so long; 0 for the back-off alone
	code  string        // the vendor's, without its prefix; empty for errors of the transport
	known bool          // the code is one that the overlay classes
	text  string        // nothing that was sent is in it
}

func (r *refusal) Error() string { return r.text }

// classed reads an error and the trailer it came with. The vendor's code decides; the status
// of gRPC only where there is none or it is new.
func classed(e *catalog.Events, err error, trailer metadata.MD) *refusal {
	st, _ := status.FromError(err)
	r := &refusal{class: catalog.ClassRetry}
	if list := trailer.Get("error-code"); len(list) > 0 {
		r.code = printable(strings.TrimPrefix(list[0], e.Prefix))
	}
	r.text = "the stream ended: " + st.Code().String()
	if errors.Is(err, io.EOF) {
		r.text = "the vendor ended the stream"
	}
	if r.code != "" {
		r.text += " " + r.code
	}
	// The message is the vendor's and may repeat what was sent; the id finds it in its logs.
	if list := trailer.Get("rpc-id"); len(list) > 0 {
		r.text += " (rpc id " + printable(list[0]) + ")"
	}
	for _, rule := range e.Codes {
		if rule.Code == r.code && r.code != "" {
			r.class, r.known, r.wait = rule.Class, true, time.Duration(rule.Wait)*time.Second
			if rule.Next != "" {
				r.text += fmt.Sprintf("; %s", rule.Next)
			}
			return r
		}
	}
	switch st.Code() {
	case codes.Unauthenticated:
		r.class = catalog.ClassRefresh
	case codes.PermissionDenied, codes.NotFound, codes.InvalidArgument, codes.Unimplemented:
		r.class = catalog.ClassPerson
	default: // whatever may pass
	}
	return r
}

// printable cuts what the vendor sent to a short text without control characters.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
	return s[:min(len(s), 120)]
}
