package cluster

import (
	"fmt"
	"net/url"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
)

const storeAddress = "http://127.0.0.1:2379"

// startStore starts etcd in this process and waits for it. Nothing is forced to disk: the cluster lives no longer than
// its container.
func startStore(folder string) (*embed.Etcd, error) {
	config := embed.NewConfig()
	config.Dir = folder
	config.LogLevel = "error"
	config.UnsafeNoFsync = true
	// With one member there is nobody to wait for at an election.
	config.TickMs = 20
	config.ElectionMs = 100
	client, err := url.Parse(storeAddress)
	if err != nil {
		return nil, err
	}
	peer, err := url.Parse("http://127.0.0.1:2380")
	if err != nil {
		return nil, err
	}
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{*client}, []url.URL{*client}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{*peer}, []url.URL{*peer}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	store, err := embed.StartEtcd(config)
	if err != nil {
		return nil, err
	}
	select {
	case <-store.Server.ReadyNotify():
		return store, nil
	case err := <-store.Err():
		return nil, err
	case <-time.After(30 * time.Second):
		store.Close()
		return nil, fmt.Errorf("etcd was not ready after 30 s")
	}
}
