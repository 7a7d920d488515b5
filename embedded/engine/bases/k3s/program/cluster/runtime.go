package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/containerd/containerd/v2/client"
	"github.com/containerd/containerd/v2/core/images"
	"github.com/containerd/containerd/v2/pkg/namespaces"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/klog/v2"
)

const (
	runtimeSocket = "/run/k3s/containerd/containerd.sock"
	// bundledImages holds what k3s itself runs.
	bundledImages = "/usr/local/share/k3s/images"
	// extraImages holds those of add-ons that the cluster does without: each a tarball with the add-on's name.
	extraImages = "/usr/local/share/k3s/add-ons"
	// Registry part of their names, which nothing answers to: they are made with this program and not pulled.
	bundledFrom  = "embedded.slipway.invalid"
	pauseVersion = "3.6"
	runtimeStart = 30 * time.Second
)

// startRuntime starts containerd as a process of its own and gives its end.
func startRuntime(n *node) (<-chan error, error) {
	config := fmt.Sprintf(`version = 3
root = %q
state = "/run/k3s/containerd/state"
[grpc]
  address = %q
[plugins."io.containerd.metadata.v1.bolt"]
  no_sync = true
[plugins."io.containerd.cri.v1.images"]
  snapshotter = %q
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = %q
[plugins."io.containerd.cri.v1.runtime"]
  enable_selinux = false
  enable_unprivileged_icmp = true
  enable_unprivileged_ports = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = [%q]
    conf_dir = %q
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
      SystemdCgroup = false
`, n.options.path("agent", "containerd"), runtimeSocket, n.options.snapshotter, bundledFrom+"/pause:"+pauseVersion, pluginFolder, networkFolder)
	file := n.options.path("agent", "containerd.toml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, err
	}
	command := exec.Command("containerd", "--config", file, "--log-level", "warn")
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := command.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- fmt.Errorf("containerd has ended: %w", orEnd(command.Wait())) }()
	return ended, nil
}

func orEnd(err error) error {
	if err == nil {
		return fmt.Errorf("exit code 0")
	}
	return err
}

// importImages gives the runtime all images that lie ready as tarballs: those of k3s and those of the caller.
func importImages(ctx context.Context, o options) error {
	runtime, err := connectRuntime(ctx)
	if err != nil {
		return err
	}
	defer runtime.Close()
	var files []string
	for _, folder := range []string{bundledImages, o.path("agent", "images")} {
		found, err := filepath.Glob(filepath.Join(folder, "*.tar"))
		if err != nil {
			return err
		}
		slices.Sort(found)
		files = append(files, found...)
	}
	group, ctx := errgroup.WithContext(namespaces.WithNamespace(ctx, "k8s.io"))
	for _, file := range files {
		group.Go(func() error {
			begin := time.Now()
			names, err := importImage(ctx, runtime, file, o.snapshotter)
			if err != nil {
				// As in k3s: one bad tarball does not keep the cluster from starting; its pods will say what is missing.
				klog.ErrorS(err, "Unable to import images", "file", file)
				return nil
			}
			klog.InfoS("Imported images", "file", file, "images", names, "took", time.Since(begin))
			return nil
		})
	}
	return group.Wait()
}

func connectRuntime(ctx context.Context) (*client.Client, error) {
	for end := time.Now().Add(runtimeStart); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(runtimeSocket); err == nil {
			runtime, err := client.New(runtimeSocket, client.WithTimeout(runtimeStart))
			if err == nil {
				return runtime, nil
			}
		}
		if ctx.Err() != nil || time.Now().After(end) {
			return nil, fmt.Errorf("containerd did not answer at %s in %s", runtimeSocket, runtimeStart)
		}
	}
}

func importImage(ctx context.Context, runtime *client.Client, file, snapshotter string) ([]string, error) {
	archive, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	// Pinned, as k3s does it: the kubelet must not remove what cannot be pulled again.
	labels := map[string]string{"io.cri-containerd.pinned": "pinned", "io.cattle.k3s.pinned": "pinned"}
	imported, err := runtime.Import(ctx, archive, client.WithImageLabels(labels))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, image := range imported {
		names = append(names, image.Name)
		if err := unpack(ctx, runtime, image, snapshotter); err != nil {
			return nil, fmt.Errorf("%s: %w", image.Name, err)
		}
	}
	return names, nil
}

// importExtra imports the image of an add-on, and gives its name when pods can be made of it.
func importExtra(ctx context.Context, o options, name string) (string, error) {
	runtime, err := connectRuntime(ctx)
	if err != nil {
		return "", err
	}
	defer runtime.Close()
	file := filepath.Join(extraImages, name+".tar")
	names, err := importImage(namespaces.WithNamespace(ctx, "k8s.io"), runtime, file, o.snapshotter)
	if err != nil {
		return "", err
	}
	if len(names) != 1 {
		return "", fmt.Errorf("%s holds %d images instead of one", file, len(names))
	}
	connection, ok := runtime.Conn().(grpc.ClientConnInterface)
	if !ok {
		return "", errors.New("containerd's client has no connection for the kubelet's requests")
	}
	return names[0], waitForImage(ctx, cri.NewImageServiceClient(connection), names[0])
}

// waitForImage waits until the kubelet would find an image: containerd hears of what was imported a moment later, and a pod
// that comes before has its image pulled.
func waitForImage(ctx context.Context, service cri.ImageServiceClient, name string) error {
	asked := &cri.ImageStatusRequest{Image: &cri.ImageSpec{Image: name}}
	for end := time.Now().Add(runtimeStart); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if answer, err := service.ImageStatus(ctx, asked); err != nil {
			return err
		} else if answer.GetImage() != nil {
			return nil
		}
	}
	return fmt.Errorf("containerd did not list %s in %s", name, runtimeStart)
}

func unpack(ctx context.Context, runtime *client.Client, image images.Image, snapshotter string) error {
	return client.NewImage(runtime, image).Unpack(ctx, snapshotter)
}
