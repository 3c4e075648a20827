// Package catalogue turns a real catalogue of cloud roles into Lictor's definitions: Google Cloud's 2,461
// predefined roles with their 165,179 grants, held by made-up subjects in made-up projects.
//
// The data is embedded; README.md names its source and LICENSE-data its licence. The same [Options] give
// the same bytes on every machine.
package catalogue

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Namespace is the namespace that permissions are in unless they name a service with a domain of its own,
// such as "iam.googleapis.com/oauthClients:update".
const Namespace = "gcp"

//go:embed roles.json.gz
var compressed []byte

// Role is one predefined role, as in the data.
type Role struct {
	Name        string   `json:"name"` // such as "roles/bigquery.dataViewer"
	Title       string   `json:"title"`
	Stage       string   `json:"stage"`       // "ALPHA", "BETA", "GA" or "DEPRECATED"
	Permissions []string `json:"permissions"` // as service.resource.verb
}

// Roles returns every role, in the order of the data, which is by name. Each call returns a new slice.
func Roles() ([]Role, error) {
	packed, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, fmt.Errorf("roles.json.gz: %w", err)
	}
	text, err := io.ReadAll(packed)
	if err != nil {
		return nil, fmt.Errorf("roles.json.gz: %w", err)
	}
	var roles []Role
	if err := json.Unmarshal(text, &roles); err != nil {
		return nil, fmt.Errorf("roles.json.gz: %w", err)
	}
	return roles, nil
}

// Permission returns a permission of the data in Lictor's notation: the last segment is the action, so
// "bigquery.tables.getData" becomes "bigquery.tables:getData".
func Permission(dotted string) string {
	dot := strings.LastIndexByte(dotted, '.')
	if dot < 0 {
		return dotted
	}
	return dotted[:dot] + ":" + dotted[dot+1:]
}
