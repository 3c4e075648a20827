package diag

import "encoding/json"

type jsonPlace struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"`
	Col  int    `json:"col,omitempty"`
}

type jsonRelated struct {
	jsonPlace
	Message string `json:"message"`
}

// MarshalJSON writes the diagnostic as an object with the members file, line, col (both left out where
// not known), severity ("error" or "warning"), code, message and, where there are any, width, hint and
// related.
func (d Diagnostic) MarshalJSON() ([]byte, error) {
	related := make([]jsonRelated, len(d.Related))
	for i, r := range d.Related {
		related[i] = jsonRelated{jsonPlace(r.Pos), r.Message}
	}
	return json.Marshal(struct {
		jsonPlace
		Severity string        `json:"severity"`
		Code     string        `json:"code"`
		Message  string        `json:"message"`
		Width    int           `json:"width,omitempty"`
		Hint     string        `json:"hint,omitempty"`
		Related  []jsonRelated `json:"related,omitempty"`
	}{jsonPlace(d.Pos), d.Severity.String(), d.Code, d.Message, d.Width, d.Hint, related})
}

// MarshalJSON writes the list as an array, [] when it is empty.
func (l List) MarshalJSON() ([]byte, error) {
	if l == nil {
		return []byte("[]"), nil
	}
	return json.Marshal([]Diagnostic(l))
}
