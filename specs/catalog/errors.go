package catalog

import "github.com/planwright/planwright/internal/diag"

// CodeUnknownOperation is the finding that a keyword names an operation which its spec
// does not have. The other findings of a catalog are those of package openapi.
const CodeUnknownOperation diag.Code = "overlay-unknown-operation"
