package cluster

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	priorities "k8s.io/kubernetes/pkg/apis/scheduling/v1"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy"
)

// policyHooks are the parts of the API server that make the objects below. Each waits a second before it looks whether
// it can, and until then the server counts as not ready.
var policyHooks = []string{"rbac/bootstrap-roles", "scheduling/bootstrap-system-priority-classes"}

// atOnce is how many requests are under way at a time.
const atOnce = 8

// createPolicy makes the roles and priority classes that every cluster has, from the API server's own lists.
func createPolicy(ctx context.Context, client kubernetes.Interface) error {
	if err := createNamespaces(ctx, client); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, class := range priorities.SystemPriorityClasses() {
		group.Go(func() error {
			return made("priority class", class, func() error {
				_, err := client.SchedulingV1().PriorityClasses().Create(ctx, class, meta.CreateOptions{})
				return err
			})
		})
	}
	createClusterRoles(ctx, client, group)
	createRoles(ctx, client, group)
	return group.Wait()
}

// createNamespaces makes the namespaces that have roles; the API server makes them, too, a moment later.
func createNamespaces(ctx context.Context, client kubernetes.Interface) error {
	for _, name := range []string{meta.NamespaceSystem, meta.NamespacePublic} {
		namespace := &core.Namespace{ObjectMeta: meta.ObjectMeta{Name: name}}
		if err := made("namespace", namespace, func() error {
			_, err := client.CoreV1().Namespaces().Create(ctx, namespace, meta.CreateOptions{})
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

func createClusterRoles(ctx context.Context, client kubernetes.Interface, group *errgroup.Group) {
	for _, role := range append(bootstrappolicy.ClusterRoles(), bootstrappolicy.ControllerRoles()...) {
		group.Go(func() error {
			return made("cluster role", &role, func() error {
				_, err := client.RbacV1().ClusterRoles().Create(ctx, &role, meta.CreateOptions{})
				return err
			})
		})
	}
	for _, binding := range append(bootstrappolicy.ClusterRoleBindings(), bootstrappolicy.ControllerRoleBindings()...) {
		group.Go(func() error {
			return made("cluster role binding", &binding, func() error {
				_, err := client.RbacV1().ClusterRoleBindings().Create(ctx, &binding, meta.CreateOptions{})
				return err
			})
		})
	}
}

func createRoles(ctx context.Context, client kubernetes.Interface, group *errgroup.Group) {
	for namespace, roles := range bootstrappolicy.NamespaceRoles() {
		for _, role := range roles {
			group.Go(func() error {
				return made("role", &role, func() error {
					_, err := client.RbacV1().Roles(namespace).Create(ctx, &role, meta.CreateOptions{})
					return err
				})
			})
		}
	}
	for namespace, bindings := range bootstrappolicy.NamespaceRoleBindings() {
		for _, binding := range bindings {
			group.Go(func() error {
				return made("role binding", &binding, func() error {
					_, err := client.RbacV1().RoleBindings(namespace).Create(ctx, &binding, meta.CreateOptions{})
					return err
				})
			})
		}
	}
}

// made creates an object, or leaves the one that is there.
func made(kind string, object meta.Object, create func() error) error {
	if err := create(); err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("%s %s: %w", kind, object.GetName(), err)
	}
	return nil
}
