// Package url reads addresses.
package url

import "net/url"

// Parse reads an address.
func Parse(text string) (*url.URL, error) { return url.Parse(text) }
