// Package ext has the extension points of routing that Traefik's module names and does not publish, without an extension.
package ext

// HTTP extends the routing of HTTP by nothing.
type HTTP struct{}

// Router extends a router by nothing.
type Router struct{}

// RouterIng extends the annotations of an Ingress by nothing.
type RouterIng struct{}

// ToRouter gives what the annotations say of a router.
func (RouterIng) ToRouter() Router { return Router{} }
