package salesforce

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// apiError is a refusal as the vendor words it: a status and a list of items. Clients
// are to branch on the code; the texts follow the vendor's as far as they are known.
type apiError struct {
	status int
	items  []errorItem
}

// errorItem is one element of an error body. A refusal to save lists fields, if only none;
// others have no such member.
type errorItem struct {
	Message string   `json:"message"`
	Code    string   `json:"errorCode"`
	Fields  []string `json:"fields,omitzero"`
	// Duplicate tells which records a refused one is like.
	Duplicate any `json:"duplicateResult,omitempty"`
}

// body returns the list that is sent. What is refused for lack of a right or a resource has
// the shorter form, with its members the other way round.
func (e *apiError) body() any {
	short := slices.Contains([]int{http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusPreconditionFailed}, e.status)
	if !short {
		return e.items
	}
	list := make([]ordered, len(e.items))
	for i, it := range e.items {
		list[i] = ordered{{"errorCode", it.Code}, {"message", it.Message}}
	}
	return list
}

// onSave makes a refusal one of saving a record, whose items all list fields.
func (e *apiError) onSave() *apiError {
	if e == nil {
		return nil
	}
	for i := range e.items {
		if e.items[i].Fields == nil {
			e.items[i].Fields = []string{}
		}
	}
	return e
}

// Error makes an apiError usable as the error of the Go-side methods.
func (e *apiError) Error() string {
	parts := make([]string, len(e.items))
	for i, it := range e.items {
		parts[i] = it.Code + ": " + strings.TrimSpace(it.Message)
	}
	return strings.Join(parts, "; ")
}

func refuse(status int, code, message string, fields ...string) *apiError {
	return &apiError{status: status, items: []errorItem{{Message: message, Code: code, Fields: fields}}}
}

func badRequest(code, message string, fields ...string) *apiError {
	return refuse(http.StatusBadRequest, code, message, fields...)
}

func errNotFound() *apiError {
	return refuse(http.StatusNotFound, "NOT_FOUND", "The requested resource does not exist")
}

func errDeleted() *apiError {
	return refuse(http.StatusNotFound, "ENTITY_IS_DELETED", "entity is deleted")
}

func errMethod(method string) *apiError {
	return refuse(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", fmt.Sprintf("HTTP Method '%s' not allowed.", method))
}

func errSession() *apiError {
	return refuse(http.StatusUnauthorized, "INVALID_SESSION_ID", "Session expired or invalid")
}

func errLimit() *apiError {
	return refuse(http.StatusForbidden, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
}

func errMalformedID(id string) *apiError {
	return badRequest("MALFORMED_ID", "malformed id "+id)
}

func errRequired(names ...string) *apiError {
	return badRequest("REQUIRED_FIELD_MISSING", "Required fields are missing: ["+strings.Join(names, ", ")+"]", names...)
}

func errNoColumn(name, object string) *apiError {
	return badRequest("INVALID_FIELD", fmt.Sprintf("No such column '%s' on sobject of type %s", name, object))
}

func errSystemField(name string) *apiError {
	return badRequest("INVALID_FIELD", "The "+name+" field should not be specified in the sobject data.", name)
}

func errNotWritable(names ...string) *apiError {
	return badRequest("INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: "+strings.Join(names, ", ")+
		". Please check the security settings of this field and verify that it is read/write for your profile or permission set.", names...)
}

func errTooLong(f *field, value string) *apiError {
	return badRequest(cmp.Or(f.overlong, "STRING_TOO_LONG"), fmt.Sprintf("%s: data value too large: %s (max length=%d)", f.label, value, f.length), f.name)
}

func errRange(f *field, value string) *apiError {
	return badRequest("NUMBER_OUTSIDE_VALID_RANGE", fmt.Sprintf("%s: value outside of valid range on numeric field: %s", f.label, value), f.name)
}

func errParser(message string) *apiError { return badRequest("JSON_PARSER_ERROR", message) }

// errDeserialize refuses a value of the wrong form; what names it, and where it stands.
func errDeserialize(k kind, what string) *apiError {
	return errParser(fmt.Sprintf("Cannot deserialize instance of %s from %s", k, what))
}

func errPicklist(f *field, value string) *apiError {
	return badRequest("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", fmt.Sprintf("%s: bad value for restricted picklist field: %s", f.label, value), f.name)
}

func errCrossReference(f *field) *apiError {
	return badRequest("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", f.name)
}

func errIntegrity(message string, fields ...string) *apiError {
	return badRequest("FIELD_INTEGRITY_EXCEPTION", "field integrity exception: "+message, fields...)
}
