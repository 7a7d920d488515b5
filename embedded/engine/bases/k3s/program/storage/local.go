// Package storage gives claims of the class local-path a folder of the node, under the name that k3s's provisioner uses.
package storage

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

// Provisioner is its name in storage classes.
const Provisioner = "rancher.io/local-path"

// New makes what serves claims until the context ends. Folders are made below root by this process, where k3s starts a pod
// for it. To make it changes the types that all clients of this process know: it must be done before any of them works.
func New(ctx context.Context, client kubernetes.Interface, root string) (func(context.Context) error, error) {
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, err
	}
	made := controller.NewProvisionController(ctx, client, Provisioner, local{root: root}, controller.LeaderElection(false))
	return func(ctx context.Context) error {
		made.Run(ctx)
		return ctx.Err()
	}, nil
}

type local struct{ root string }

// Provision makes the folder of a claim.
func (l local) Provision(_ context.Context, wanted controller.ProvisionOptions) (*core.PersistentVolume, controller.ProvisioningState, error) {
	claim := wanted.PVC
	for _, mode := range claim.Spec.AccessModes {
		if mode != core.ReadWriteOnce && mode != core.ReadWriteOncePod {
			return nil, controller.ProvisioningFinished, fmt.Errorf("access mode %s: a folder of one node gives ReadWriteOnce and ReadWriteOncePod", mode)
		}
	}
	if wanted.SelectedNodeName == "" {
		return nil, controller.ProvisioningFinished, fmt.Errorf("no node was chosen for claim %s/%s", claim.Namespace, claim.Name)
	}
	folder := filepath.Join(l.root, strings.Join([]string{wanted.PVName, claim.Namespace, claim.Name}, "_"))
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	// Whatever user a pod runs as may write, whatever the umask here is.
	if err := os.Chmod(folder, 0o777); err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	return volume(wanted, folder), controller.ProvisioningFinished, nil
}

// Delete removes the folder of a claim that is gone.
func (l local) Delete(_ context.Context, gone *core.PersistentVolume) error {
	if gone.Spec.HostPath == nil || filepath.Dir(gone.Spec.HostPath.Path) != l.root {
		return fmt.Errorf("volume %s is no folder of %s", gone.Name, l.root)
	}
	return os.RemoveAll(gone.Spec.HostPath.Path)
}

func volume(wanted controller.ProvisionOptions, folder string) *core.PersistentVolume {
	kind := core.HostPathDirectoryOrCreate
	// A node of k3s has its name as its host name.
	onNode := core.NodeSelectorRequirement{
		Key: core.LabelHostname, Operator: core.NodeSelectorOpIn, Values: []string{wanted.SelectedNodeName},
	}
	return &core.PersistentVolume{
		ObjectMeta: meta.ObjectMeta{Name: wanted.PVName},
		Spec: core.PersistentVolumeSpec{
			AccessModes:                   wanted.PVC.Spec.AccessModes,
			Capacity:                      core.ResourceList{core.ResourceStorage: wanted.PVC.Spec.Resources.Requests[core.ResourceStorage]},
			PersistentVolumeReclaimPolicy: *wanted.StorageClass.ReclaimPolicy,
			PersistentVolumeSource:        core.PersistentVolumeSource{HostPath: &core.HostPathVolumeSource{Path: folder, Type: &kind}},
			VolumeMode:                    wanted.PVC.Spec.VolumeMode,
			NodeAffinity: &core.VolumeNodeAffinity{Required: &core.NodeSelector{NodeSelectorTerms: []core.NodeSelectorTerm{
				{MatchExpressions: []core.NodeSelectorRequirement{onNode}},
			}}},
		},
	}
}
