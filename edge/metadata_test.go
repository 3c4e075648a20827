package edge_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/authzen"
)

func TestMetadata(t *testing.T) {
	t.Parallel()
	for _, external := range []string{
		"https://pdp.example.com", "http://127.0.0.1:8282", "https://PDP.example.com:8443/tenant/7", "https://[::1]", "https://pdp.example.com/a%20b", "https://pdp.example.com/a&b",
	} {
		body, err := authzen.Metadata(external)
		if err != nil {
			t.Errorf("%s: %v", external, err)
			continue
		}
		e := start(t, edge.Options{Source: newSource(nil), Metadata: body})
		got := send(t, e.data, "GET", authzen.MetadataPath, "", "Host: elsewhere.example", "X-Request-ID: 7", "X-Forwarded-Host: elsewhere.example")
		if got.Status != 200 || got.Header.Get("Content-Type") != "application/json" || got.Header.Get("X-Request-ID") != "7" || got.Header.Get("Cache-Control") != "max-age=3600" {
			t.Errorf("%s: status %d, headers %v", external, got.Status, got.Header)
		}
		var members map[string]string
		if err := json.Unmarshal([]byte(got.Body), &members); err != nil {
			t.Errorf("%s: %v in %s", external, err, got.Body)
		}
		want := map[string]string{
			"policy_decision_point":       external,
			"access_evaluation_endpoint":  external + evaluation,
			"access_evaluations_endpoint": external + evaluations,
			"search_subject_endpoint":     external + searchSubject,
			"search_resource_endpoint":    external + searchResource,
			"search_action_endpoint":      external + searchAction,
		}
		if diff := cmp.Diff(want, members); diff != "" {
			t.Errorf("%s (-want +got):\n%s", external, diff)
		}
		if got := send(t, e.data, "HEAD", authzen.MetadataPath, ""); got.Status != 200 || got.Body != "" {
			t.Errorf("HEAD: %d %q", got.Status, got.Body)
		}
	}
}

func TestMetadataRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ external, want string }{
		{"", `external URL "": the scheme is neither https nor http`},
		{"pdp.example.com", `external URL "pdp.example.com": the scheme is neither https nor http`},
		{"ftp://pdp.example.com", `external URL "ftp://pdp.example.com": the scheme is neither https nor http`},
		{"https:pdp.example.com", `external URL "https:pdp.example.com": no host, or a colon without a port`},
		{"https://", `external URL "https://": no host, or a colon without a port`},
		{"https://:8443", `external URL "https://:8443": no host, or a colon without a port`},
		{"https://pdp.example.com:", `external URL "https://pdp.example.com:": no host, or a colon without a port`},
		{"https://pdp.example.com:port", `external URL "https://pdp.example.com:port": not a URL`},
		{"https://pdp example com", `external URL "https://pdp example com": not a URL`},
		{"https://me:secret@pdp.example.com", `external URL: a user has no place in it`},
		{"https://pdp.example.com?a=b", `external URL "https://pdp.example.com?a=b": a query or a fragment has no place in it`},
		{"https://pdp.example.com?", `external URL "https://pdp.example.com?": a query or a fragment has no place in it`},
		{"https://pdp.example.com#top", `external URL "https://pdp.example.com#top": a query or a fragment has no place in it`},
		{"https://pdp.example.com#", `external URL "https://pdp.example.com#": a query or a fragment has no place in it`},
		{"https://pdp.example.com/", `external URL "https://pdp.example.com/": it ends with a slash`},
		{"https://pdp.example.com/a/", `external URL "https://pdp.example.com/a/": it ends with a slash`},
		{"https://pdp.example.com//a", `external URL "https://pdp.example.com//a": it can be written in a simpler way`},
		{"https://pdp.example.com/a/../b", `external URL "https://pdp.example.com/a/../b": it can be written in a simpler way`},
		{"HTTPS://pdp.example.com", `external URL "HTTPS://pdp.example.com": it can be written in a simpler way`},
		{"https://pdp.example.com/a b", `external URL "https://pdp.example.com/a b": it can be written in a simpler way`},
		{"https://" + strings.Repeat("a", 200) + "/", `external URL "https://` + strings.Repeat("a", 72) + `…": it ends with a slash`},
	}
	for _, tt := range tests {
		if body, err := authzen.Metadata(tt.external); err == nil || err.Error() != tt.want {
			t.Errorf("%s:\n got %v, %s\nwant %s", tt.external, err, body, tt.want)
		}
	}
}

// TestMetadataIsNeverGuessed sees that without a URL there is no metadata, whatever a request claims.
func TestMetadataIsNeverGuessed(t *testing.T) {
	t.Parallel()
	e := start(t, edge.Options{Source: newSource(newGeneration(t, "r1"))})
	got := send(t, e.data, "GET", authzen.MetadataPath, "", "X-Forwarded-Host: pdp.example.com")
	if got.Status != 404 || got.Body != `{"error":"not found"}` {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

// TestMetadataIsOpen asks without credentials where callers need some: metadata tell where to begin.
func TestMetadataIsOpen(t *testing.T) {
	t.Parallel()
	body, err := authzen.Metadata("https://pdp.example.com")
	if err != nil {
		t.Fatal(err)
	}
	e := start(t, edge.Options{Source: newSource(newGeneration(t, "r1")), Metadata: body, Authenticate: guests{}})
	if got := send(t, e.data, "GET", authzen.MetadataPath, ""); got.Status != 200 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	for _, path := range []string{evaluations, searchSubject, searchResource, searchAction} {
		if got := post(t, e, path, question()); got.Status != 401 || got.Body != `"no valid credentials"` {
			t.Errorf("%s: %d %s", path, got.Status, got.Body)
		}
	}
}
