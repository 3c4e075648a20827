package edge

import "github.com/valyala/fasthttp"

// metadataAge says for how long callers may keep the metadata. It changes only with the edge's own configuration.
const metadataAge = "max-age=3600"

// metadata answers what the edge says of itself to AuthZEN's callers, if it was told by what URL they know it. It never
// guesses one from a request.
func (s *Server) metadata(v *visit) {
	if s.options.Metadata == nil {
		v.fail(fasthttp.StatusNotFound, "not found")
		return
	}
	v.ctx.SetStatusCode(fasthttp.StatusOK)
	v.ctx.Response.Header.SetContentType(contentJSON)
	v.ctx.Response.Header.Set(fasthttp.HeaderCacheControl, metadataAge)
	v.ctx.Response.SetBody(s.options.Metadata)
}
