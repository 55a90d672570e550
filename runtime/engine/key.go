package engine

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/specs/catalog"
)

// RunID derives the id of the run for a plan name and event key. The same event of the
// same plan has the same id for ever, on every engine.
func RunID(planName, key string) string {
	return "r" + shortHash(planName, key)[:15]
}

// Sign completes a rendered write with its idempotency key. The key is derived, never
// drawn: from the tenant (Xero keeps keys per app, not per tenant), the run, the step,
// the attempt and the body, so that one key can never go out with two bodies. A keyed
// repeat keeps the first attempt's key, because that is what makes it safe.
func Sign(a Action, req apicall.Request, tenant, run string) apicall.Request {
	rep := a.Operation.Repeat
	if rep == nil || rep.Header == "" || (a.Resend != nil && rep.Way == catalog.WayKeyed) {
		return req
	}
	header := make(map[string]string, len(req.Header)+1)
	maps.Copy(header, req.Header)
	header[rep.Header] = "pw-" + shortHash(tenant, run, a.Path, fmt.Sprint(a.Attempt), req.Method, req.Path, string(req.Body))
	req.Header = header
	return req
}

// Request renders the request of an action that calls an operation, judged against the spec
// before anything leaves. The tenant is the far end of the operation's connection. The same
// record of a run gives the same bytes.
func (p *Program) Request(a Action, tenant, run string) (apicall.Request, error) {
	if a.Resend != nil {
		return Sign(a, *a.Resend, tenant, run), nil
	}
	api, ok := p.Catalog.API(a.Operation.API)
	if !ok {
		return apicall.Request{}, fmt.Errorf("api %s is not in the catalog", a.Operation.API)
	}
	if bad := apicall.Validate(a.Operation, p.Catalog, a.Args.Body); bad.HasErrors() {
		return apicall.Request{}, bad
	}
	req, err := apicall.Render(api, a.Operation, p.Catalog, a.Args)
	if err != nil || a.Kind != DoWrite {
		return req, err
	}
	return Sign(a, req, tenant, run), nil
}

func shortHash(parts ...string) string {
	size := 0
	for _, p := range parts {
		size += len(p) + 20
	}
	b := make([]byte, 0, size)
	for _, p := range parts {
		b = append(append(strconv.AppendInt(b, int64(len(p)), 10), ':'), p...)
	}
	sum := sha256.Sum256(b)
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:]))
}
