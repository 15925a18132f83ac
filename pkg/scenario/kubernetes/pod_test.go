package kubernetes_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// pod is a pod whose only container runs as a process: the first one of PID, mount and UTS namespaces of its own, as the
// user and with the groups of its specification, without capabilities, with its volumes in their places and nothing else
// in /run but the program. It shares the network of this host.
type pod struct {
	name, node, job string
	// index is that of an indexed job, or empty.
	index string
	// number tells in which order the cluster's pods began.
	number  int
	began   time.Time
	command *exec.Cmd
	log     string
	// ended is closed when the process has ended.
	ended chan struct{}
	// reported says that the API server knows how it ended. The cluster's mutex guards it.
	reported bool
	stopping sync.Once
}

// program is where a pod finds crm-tool, also if its user may not enter the folder of the file.
const program = "/run/crm-tool"

// inside prepares the namespaces of a pod and becomes its container. Its arguments are the pod's name, the file of
// crm-tool, pairs of a folder and its place, "--", and the words of setpriv.
const inside = `set -e
hostname "$1"
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs -o size=1m,mode=755 tmpfs /run
touch ` + program + `
mount --bind "$2" ` + program + `
shift 2
while [ "$1" != -- ]; do
	mkdir -p "$2"
	mount --bind "$1" "$2"
	mount -o remount,bind,ro "$2"
	shift 2
done
shift
exec setpriv "$@"`

// newPod prepares the process of a pod: its volumes, its environment and its user.
func (c *cluster) newPod(ctx context.Context, of *core.Pod) (*pod, error) {
	container := of.Spec.Containers[0]
	p := &pod{
		name: of.Name, node: of.Spec.NodeName, job: of.Labels["batch.kubernetes.io/job-name"],
		index: of.Annotations["batch.kubernetes.io/job-completion-index"], number: len(c.pods), ended: make(chan struct{}),
	}
	dir := filepath.Join(c.dir, of.Name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	words := []string{"-c", inside, "sh", of.Name, os.Getenv(programEnv)}
	for _, mount := range container.VolumeMounts {
		at := slices.IndexFunc(of.Spec.Volumes, func(v core.Volume) bool { return v.Name == mount.Name })
		folder := filepath.Join(dir, mount.Name)
		if err := c.fill(ctx, folder, of.Spec.Volumes[at], of.Spec.SecurityContext); err != nil {
			return nil, fmt.Errorf("volume %s: %w", mount.Name, err)
		}
		words = append(words, folder, mount.MountPath)
	}
	user := of.Spec.SecurityContext
	words = append(words, "--", fmt.Sprintf("--reuid=%d", *user.RunAsUser), fmt.Sprintf("--regid=%d", *user.RunAsGroup),
		fmt.Sprintf("--groups=%d", *user.FSGroup), "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all")
	words = append(words, entrypoint(container)...)
	environ, err := c.environ(ctx, of, container)
	if err != nil {
		return nil, err
	}
	p.log = filepath.Join(dir, "log")
	p.command = exec.Command("/bin/sh", words...)
	p.command.Env, p.command.Dir = environ, "/"
	p.command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS, Pdeathsig: syscall.SIGKILL,
	}
	return p, nil
}

// entrypoint returns the words that a container runs; without a command it is the image's, which is crm-tool.
func entrypoint(container core.Container) []string {
	if len(container.Command) > 0 {
		return slices.Concat(container.Command, container.Args)
	}
	return append([]string{program}, container.Args...)
}

// fill makes the files of a volume, as a kubelet does: links into a folder that it can replace at once, for the group of
// the pod.
func (c *cluster) fill(ctx context.Context, folder string, volume core.Volume, user *core.PodSecurityContext) error {
	if volume.Secret == nil {
		return errors.New("the tests know only volumes of secrets")
	}
	secret, err := get[core.Secret](ctx, c.path("secrets", volume.Secret.SecretName))
	if err != nil {
		return err
	}
	current := filepath.Join(folder, "..2026_11_23")
	if err := os.MkdirAll(current, 0o755); err != nil {
		return err
	}
	if err := os.Symlink("..2026_11_23", filepath.Join(folder, "..data")); err != nil {
		return err
	}
	for name, content := range secret.Data {
		file := filepath.Join(current, name)
		err := errors.Join(os.WriteFile(file, content, 0o600), os.Chown(file, 0, int(*user.FSGroup)),
			os.Chmod(file, os.FileMode(*volume.Secret.DefaultMode)), os.Symlink(filepath.Join("..data", name), filepath.Join(folder, name)))
		if err != nil {
			return err
		}
	}
	return nil
}

// environ returns a container's environment: the image's, that of its ConfigMaps, and its own.
func (c *cluster) environ(ctx context.Context, of *core.Pod, container core.Container) ([]string, error) {
	variables := map[string]string{"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME": of.Name, "HOME": "/"}
	for _, from := range container.EnvFrom {
		settings, err := get[core.ConfigMap](ctx, c.path("configmaps", from.ConfigMapRef.Name))
		if err != nil {
			return nil, err
		}
		maps.Copy(variables, settings.Data)
	}
	for _, variable := range container.Env {
		value := variable.Value
		if variable.ValueFrom != nil {
			var err error
			if value, err = field(of, variable.ValueFrom.FieldRef); err != nil {
				return nil, fmt.Errorf("variable %s: %w", variable.Name, err)
			}
		}
		variables[variable.Name] = value
	}
	var environ []string
	for name, value := range variables {
		environ = append(environ, name+"="+value)
	}
	return environ, nil
}

// field returns the field of a pod that a variable refers to.
func field(of *core.Pod, from *core.ObjectFieldSelector) (string, error) {
	if from == nil {
		return "", errors.New("the tests know only references to fields")
	}
	for kind, values := range map[string]map[string]string{"annotations": of.Annotations, "labels": of.Labels} {
		if name, ok := strings.CutPrefix(from.FieldPath, "metadata."+kind+"['"); ok {
			return values[strings.TrimSuffix(name, "']")], nil
		}
	}
	return "", fmt.Errorf("no test knows the field %s", from.FieldPath)
}

// start runs the process, and notes when it has ended.
func (p *pod) start() error {
	output, err := os.Create(p.log)
	if err != nil {
		return err
	}
	p.command.Stdout, p.command.Stderr, p.began = output, output, time.Now()
	if err := errors.Join(p.command.Start(), output.Close()); err != nil {
		return err
	}
	go func() {
		_ = p.command.Wait() // Its state says it.
		close(p.ended)
	}()
	return nil
}

// terminate tells the process to end, and kills it when its grace is over.
func (p *pod) terminate(grace time.Duration) {
	p.stopping.Do(func() {
		_ = p.command.Process.Signal(syscall.SIGTERM) // It may have ended.
		go func() {
			select {
			case <-p.ended:
			case <-time.After(grace):
				p.kill()
			}
		}()
	})
}

// kill kills the process, if it has not ended.
func (p *pod) kill() { _ = p.command.Process.Kill() }

func (p *pod) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// exit returns how the process ended, as a runtime of containers tells it: 128 more than the signal that killed it.
func (p *pod) exit() int32 {
	status, ok := p.command.ProcessState.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		return 128 + int32(status.Signal())
	}
	return int32(p.command.ProcessState.ExitCode())
}

// processor returns for how long the process of a pod that has ended used a processor.
func (p *pod) processor() time.Duration {
	return p.command.ProcessState.UserTime() + p.command.ProcessState.SystemTime()
}

// status returns the status of the pod, as its kubelet writes it.
func (p *pod) status() core.PodStatus {
	began := meta.NewTime(p.began)
	state, phase := core.ContainerState{Running: &core.ContainerStateRunning{StartedAt: began}}, core.PodRunning
	if p.hasEnded() {
		end := &core.ContainerStateTerminated{ExitCode: p.exit(), Reason: "Error", StartedAt: began, FinishedAt: meta.Now()}
		phase = core.PodFailed
		if end.ExitCode == 0 {
			end.Reason, phase = "Completed", core.PodSucceeded
		}
		state = core.ContainerState{Terminated: end}
	}
	return core.PodStatus{Phase: phase, StartTime: &began, ContainerStatuses: []core.ContainerStatus{{
		Name: "crm-tool", Ready: phase == core.PodRunning, Image: "crm-tool", ImageID: "crm-tool", State: state,
	}}}
}

// String names a pod and how it ended.
func (p *pod) String() string {
	if !p.hasEnded() {
		return p.name + " runs"
	}
	return p.name + " ended with " + strconv.Itoa(int(p.exit()))
}
