// Package service waits until the address of a service leads to what is behind it.
package service

import (
	"context"
	"fmt"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// An answer is waited for a little at first, since a network may lead a request nowhere, and longer with each try, since a
// machine may be slow.
const (
	firstPatience = 100 * time.Millisecond
	lastPatience  = 2 * time.Second
	pause         = 10 * time.Millisecond
)

// WaitForAPI waits until the API answers under an address. That somebody answers there is not enough: until the address of a
// service leads somewhere it belongs to the network outside, where a gateway may answer for every address.
func WaitForAPI(ctx context.Context, access *rest.Config, address string, within time.Duration) error {
	through := rest.CopyConfig(access)
	through.Host = "https://" + address
	client, err := kubernetes.NewForConfig(through)
	if err != nil {
		return err
	}
	var last error
	patience := firstPatience
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(pause) {
		if last = ask(ctx, client, patience); last == nil {
			return nil
		}
		patience = min(2*patience, lastPatience)
	}
	return fmt.Errorf("the API did not answer under %s in %s: %w", address, within, last)
}

func ask(ctx context.Context, client kubernetes.Interface, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
}
