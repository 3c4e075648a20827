package authzen

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/decision/input"
)

// DefaultLimit is how many results a page has when the request does not say, MaxLimit how many it has at most, whatever
// the request says. A page also ends once its results fill pageBytes.
const (
	DefaultLimit = 1_000
	MaxLimit     = 10_000
	pageBytes    = 1 << 20
)

// SearchSubjects answers a subject search request (section 8.4 of the specification): which stored subjects of a type
// may do this? An error that is an [*exchange.Failure] is the caller's fault, or says that the engine cannot search.
func SearchSubjects(x *exchange.Exchange) error { return search(x, input.Subjects) }

// SearchResources answers a resource search request (section 8.5): to which stored objects of a type may this subject
// do this? Errors are those of [SearchSubjects].
func SearchResources(x *exchange.Exchange) error { return search(x, input.Resources) }

// SearchActions answers an action search request (section 8.6): which declared or granted actions may this subject do
// to this resource? Errors are those of [SearchSubjects].
func SearchActions(x *exchange.Exchange) error { return search(x, input.Actions) }

func search(x *exchange.Exchange, sought input.Sought) error {
	if x.Generation.Searcher == nil {
		return &exchange.Failure{Status: http.StatusNotImplemented, Message: "this edge cannot search"}
	}
	var e input.Evaluation
	err := e.Read(x.Body)
	if err == nil {
		e.Seek(sought)
		x.Reset()
		err = e.Decode(&x.Request, x.Generation.Grammar)
	}
	if err != nil {
		return exchange.Malformed("%s", err)
	}
	from, err := readPage(x.Body, sought)
	if err != nil {
		return err
	}
	p := page{sought: sought, results: x.Results[:0], limit: from.limit, last: from.after}
	switch sought {
	case input.Subjects:
		p.typ = x.Request.Subject.Type
		err = x.Generation.Searcher.SearchSubjects(&x.Request, from.after, p.add)
	case input.Resources:
		p.typ = e.ResourceType()
		err = x.Generation.Searcher.SearchResources(&x.Request, from.after, p.add)
	case input.Actions:
		err = x.Generation.Searcher.SearchActions(&x.Request, from.after, p.add)
	}
	x.Results = p.results
	switch {
	case errors.Is(err, decision.ErrSearchEffort):
		return exchange.Malformed("%s", err)
	case err == nil:
		p.appendTo(x)
	}
	return err
}

// page collects the results of a search until it is full.
type page struct {
	sought  input.Sought
	typ     string // of every result; none for an action
	limit   int
	results []byte // JSON, separated by commas
	count   int
	last    string // the result after which the next page begins
	more    bool   // there is at least one result beyond the page
}

// add takes one more result, unless the page is full.
func (p *page) add(id string) bool {
	if p.count == p.limit || len(p.results) >= pageBytes {
		p.more = true
		return false
	}
	if p.count > 0 {
		p.results = append(p.results, ',')
	}
	if p.sought == input.Actions {
		p.results = append(p.results, `{"name":`...)
	} else {
		p.results = append(p.results, `{"type":`...)
		p.results = exchange.AppendQuoted(p.results, p.typ)
		p.results = append(p.results, `,"id":`...)
	}
	p.results = append(exchange.AppendQuoted(p.results, id), '}')
	p.count++
	p.last = id
	return true
}

// appendTo appends the answer. The page comes first, as section 8.3 recommends.
func (p *page) appendTo(x *exchange.Exchange) {
	x.Answer = append(x.Answer, `{"page":{"next_token":"`...)
	if p.more {
		x.Answer = appendToken(x.Answer, position{p.limit, p.last}, fingerprint(x.Body, p.sought))
	}
	x.Answer = append(x.Answer, `","count":`...)
	x.Answer = strconv.AppendInt(x.Answer, int64(p.count), 10)
	x.Answer = append(x.Answer, `},"context":{"revision":"`...)
	x.Answer = append(x.Answer, x.Generation.Revision...)
	x.Answer = append(x.Answer, `"},"results":[`...)
	x.Answer = append(x.Answer, p.results...)
	x.Answer = append(x.Answer, `]}`...)
}

// readPage returns where the page that a body asks for begins, and how many results it may have. A page that continues
// another one has its limit; 0, with which nobody comes to an end, is the default then.
func readPage(body value.Value, sought input.Sought) (position, error) {
	asked, err := exchange.OptionalObject(body.Get("page"), "page")
	if err != nil {
		return position{}, err
	}
	if _, err = exchange.OptionalObject(asked.Get("properties"), "page.properties"); err != nil {
		return position{}, err
	}
	limit, given, err := readLimit(asked.Get("limit"))
	if err != nil {
		return position{}, err
	}
	token := asked.Get("token")
	if token.Kind() == value.Missing {
		return position{limit: limit}, nil
	}
	text, err := exchange.Text(token, "page.token")
	if err != nil {
		return position{}, err
	}
	from, ok := openToken(text, fingerprint(body, sought))
	switch {
	case !ok:
		return position{}, exchange.Malformed("page.token is not one that this search was answered with")
	case given && limit != from.limit:
		return position{}, exchange.Malformed("page.limit is not that of the search that page.token continues")
	case !given && from.limit == 0:
		from.limit = DefaultLimit
	}
	return from, nil
}

func readLimit(v value.Value) (limit int, given bool, err error) {
	switch {
	case v.Kind() == value.Missing:
		return DefaultLimit, false, nil
	case v.Kind() != value.Integer || v.Int() < 0:
		return 0, false, exchange.Malformed("page.limit is not a non-negative integer")
	default:
		return int(min(v.Int(), MaxLimit)), true, nil
	}
}
