// Package service waits until the address of a service leads to what is behind it.
package service

import (
	"context"
	"fmt"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

const (
	patience = 100 * time.Millisecond
	pause    = 10 * time.Millisecond
)

// WaitForAPI waits until the API answers under an address. That somebody answers there is not enough: until the address of a
// service leads somewhere it belongs to the network outside, where a gateway may answer for every address.
func WaitForAPI(ctx context.Context, access *rest.Config, address string, within time.Duration) error {
	through := rest.CopyConfig(access)
	through.Host = "https://" + address
	through.Timeout = patience
	client, err := kubernetes.NewForConfig(through)
	if err != nil {
		return err
	}
	var last error
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(pause) {
		if last = client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error(); last == nil {
			return nil
		}
	}
	return fmt.Errorf("the API did not answer under %s in %s: %w", address, within, last)
}
