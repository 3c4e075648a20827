package authzen

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/lictor-dev/lictor/edge/exchange"
)

// The paths of the API, below the URL that callers know the edge by (sections 9.2 and 10.1).
const (
	MetadataPath       = "/.well-known/authzen-configuration"
	EvaluationPath     = "/access/v1/evaluation"
	EvaluationsPath    = "/access/v1/evaluations"
	SearchSubjectPath  = "/access/v1/search/subject"
	SearchResourcePath = "/access/v1/search/resource"
	SearchActionPath   = "/access/v1/search/action"
)

// metadata is what a decision point says of itself (section 9.1).
type metadata struct {
	PolicyDecisionPoint string `json:"policy_decision_point"`
	Evaluation          string `json:"access_evaluation_endpoint"`
	Evaluations         string `json:"access_evaluations_endpoint"`
	SearchSubject       string `json:"search_subject_endpoint"`
	SearchResource      string `json:"search_resource_endpoint"`
	SearchAction        string `json:"search_action_endpoint"`
}

// Metadata returns the metadata of the edge that callers know by a URL, as a line of JSON. They compare that URL with the one they
// used, so it is taken letter for letter: http or https, a host, perhaps a path, and nothing else. One that ends with a
// slash, or that could be written in another way, is an error.
func Metadata(external string) ([]byte, error) {
	if problem := checkURL(external); problem == hasUser {
		return nil, fmt.Errorf("external URL: %w", problem) // what stands there may be a password
	} else if problem != "" {
		return nil, fmt.Errorf("external URL %s: %w", exchange.Quote(external), problem)
	}
	body, err := json.Marshal(metadata{
		PolicyDecisionPoint: external,
		Evaluation:          external + EvaluationPath,
		Evaluations:         external + EvaluationsPath,
		SearchSubject:       external + SearchSubjectPath,
		SearchResource:      external + SearchResourcePath,
		SearchAction:        external + SearchActionPath,
	})
	return append(body, '\n'), err
}

// urlError says what is wrong with a URL.
type urlError string

const hasUser urlError = "a user has no place in it"

func (e urlError) Error() string { return string(e) }

// checkURL returns what is wrong with a URL, "" for nothing.
func checkURL(external string) urlError {
	u, err := url.Parse(external)
	switch {
	case strings.Contains(external, "@"):
		return hasUser
	case err != nil:
		return "not a URL"
	case u.Scheme != "https" && u.Scheme != "http":
		return "the scheme is neither https nor http"
	case u.Hostname() == "" || strings.HasSuffix(u.Host, ":"):
		return "no host, or a colon without a port"
	case strings.ContainsAny(external, "?#"):
		return "a query or a fragment has no place in it"
	case strings.HasSuffix(external, "/"):
		return "it ends with a slash"
	case u.String() != external || u.Path != "" && u.JoinPath().Path != u.Path:
		return "it can be written in a simpler way"
	}
	return ""
}
