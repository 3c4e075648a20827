package edge

import (
	"bytes"
	"errors"
	"strconv"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// question is a protocol in which a JSON body is a question: how it is answered.
type question struct {
	strict bool // the content type must say that the body is JSON
	parse  func(x *exchange.Exchange, body []byte) error
	answer func(*exchange.Exchange) error
}

var mediaJSON = []byte(contentJSON)

func (q question) serve(s *Server, v *visit) {
	if v.generation == nil {
		v.ctx.Response.Header.Set(fasthttp.HeaderRetryAfter, "1")
		v.fail(fasthttp.StatusServiceUnavailable, noGeneration)
		return
	}
	if err := q.ask(s, v); err != nil {
		s.failed(v, err)
		return
	}
	x := &v.exchange
	v.ctx.Response.Header.SetContentTypeBytes(mediaJSON) // the status is 200 already
	if x.Whole != nil {
		v.ctx.Response.SetBodyRaw(x.Whole)
		return
	}
	x.Answer = append(x.Answer, '\n')
	v.ctx.Response.SetBody(x.Answer)
}

// ask writes the answer to x.Answer.
func (q question) ask(s *Server, v *visit) error {
	x := &v.exchange
	x.Generation, x.Settings, x.Now = v.generation, s.settings, v.answered.Start.Unix()
	if v.caller != nil {
		x.Settings.Explain = x.Settings.Explain || v.caller.Explain
	}
	if len(v.ctx.Request.Header.PeekCanonical(headerTimingBytes)) > 0 {
		return q.askTimed(s, v)
	}
	if err := q.read(x, v.ctx); err != nil {
		return err
	}
	return q.answer(x)
}

// askTimed is ask for a caller that wants to know how long it took (Server Timing, W3C): reading the body, and
// deciding with all that belongs to it.
func (q question) askTimed(s *Server, v *visit) error {
	x := &v.exchange
	start := s.options.Clock()
	err := q.read(x, v.ctx)
	read := s.options.Clock()
	if err == nil {
		err = q.answer(x)
	}
	text := appendDuration([]byte("read;dur="), read.Sub(start))
	text = appendDuration(append(text, ", decide;dur="...), s.options.Clock().Sub(read))
	v.ctx.Response.Header.SetBytesV(headerServerTiming, text)
	return err
}

// appendDuration appends a duration in milliseconds.
func appendDuration(dst []byte, d time.Duration) []byte {
	return strconv.AppendFloat(dst, float64(d)/float64(time.Millisecond), 'f', 6, 64)
}

// failed answers that there is no answer: with what is the caller's fault, and with no word on what is ours.
func (s *Server) failed(v *visit, err error) {
	v.exchange.Decided = [decision.CodeCount]uint32{} // nobody is told of those that were made
	v.exchange.Forget(0)
	if failure, ok := errors.AsType[*exchange.Failure](err); ok {
		v.fail(failure.Status, failure.Message)
		return
	}
	s.options.Log.Error("no decision", "error", err, "revision", v.generation.Revision)
	v.fail(fasthttp.StatusInternalServerError, "internal error")
}

// read parses the body.
func (q question) read(x *exchange.Exchange, ctx *fasthttp.RequestCtx) error {
	if q.strict && !isJSON(ctx.Request.Header.ContentType()) {
		return exchange.Malformed("the content type is not application/json")
	}
	body := ctx.Request.Body()
	if len(body) == 0 {
		return exchange.Malformed("the body is empty")
	}
	return q.parse(x, body)
}

// isJSON reports whether a content type is application/json, whatever its parameters.
func isJSON(contentType []byte) bool {
	if string(contentType) == contentJSON {
		return true
	}
	media, _, _ := bytes.Cut(contentType, []byte{';'})
	return bytes.EqualFold(bytes.TrimSpace(media), mediaJSON)
}
