// Package kubernetes_test renders the examples for Kubernetes with kustomize, reads them
// as the types of k8s.io/api, and gives them to a real API server. So it does with what
// "crm-tool schedule kubernetes" prints.
//
// The real controllers make jobs of the CronJobs and pods of the jobs. There is no scheduler and no
// kubelet: a [cluster] of the tests plays both, and runs each pod as a process of this host. With the build tag
// odoo the pods remind the clients of a real Odoo.
//
// .ci/kubernetes sets up the API server, the controllers and Debian's etcd. Nothing else is called.
package kubernetes_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// The environment variables that name the programs.
const (
	etcdEnv        = "CRM_TOOL_TEST_ETCD"
	serverEnv      = "CRM_TOOL_TEST_KUBE_APISERVER"
	controllersEnv = "CRM_TOOL_TEST_KUBE_CONTROLLER_MANAGER"
	// programEnv names crm-tool, which the pods run.
	programEnv = "CRM_TOOL_TEST_PROGRAM"
)

// token is what the tests show to the API server.
const token = "a-token-of-the-tests"

// api is the API server.
type api struct {
	url    string
	client *http.Client
}

// shared is the one server of all tests, each of which has a namespace of its own.
var shared *api

func TestMain(m *testing.M) {
	for _, name := range []string{etcdEnv, serverEnv, controllersEnv, programEnv} {
		if os.Getenv(name) == "" {
			log.Fatalf("%s is not set: run make test-kubernetes", name)
		}
	}
	dir, err := os.MkdirTemp("", "crm-tool-kubernetes")
	if err != nil {
		log.Fatal(err)
	}
	s := &servers{dir: dir}
	shared, err = s.start()
	if err != nil {
		s.stop()
		log.Fatalf("start Kubernetes, see %s: %v", dir, err)
	}
	status := m.Run()
	s.stop()
	if err := os.RemoveAll(dir); err != nil {
		log.Print(err)
	}
	os.Exit(status)
}

// servers are the programs of Kubernetes, and the directory of their files.
type servers struct {
	dir     string
	started []*exec.Cmd
}

// start runs etcd, the API server and the controllers.
func (s *servers) start() (*api, error) {
	ports, err := freePorts(3)
	if err != nil {
		return nil, err
	}
	if err := writeKey(filepath.Join(s.dir, "accounts.key")); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(s.dir, "tokens.csv"), []byte(token+`,admin,admin,"system:masters"`+"\n"), 0o600); err != nil {
		return nil, err
	}
	client, peer, url := "http://127.0.0.1:"+ports[0], "http://127.0.0.1:"+ports[1], "https://127.0.0.1:"+ports[2]
	if err := s.run(
		os.Getenv(etcdEnv), "--data-dir=etcd", "--listen-client-urls="+client, "--advertise-client-urls="+client,
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer, "--initial-cluster=default="+peer); err != nil {
		return nil, err
	}
	if err := s.run(
		os.Getenv(serverEnv), "--etcd-servers="+client, "--bind-address=127.0.0.1", "--secure-port="+ports[2], "--cert-dir=certificates",
		"--token-auth-file=tokens.csv", "--authorization-mode=AlwaysAllow", "--endpoint-reconciler-type=none",
		"--service-cluster-ip-range=10.0.0.0/24", "--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=accounts.key", "--service-account-signing-key-file=accounts.key"); err != nil {
		return nil, err
	}
	certificate := filepath.Join(s.dir, "certificates", "apiserver.crt")
	server, err := connect(certificate, url)
	if err != nil {
		return nil, err
	}
	config := fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: it, contexts: [{name: it, context: {cluster: it, user: admin}}],
		clusters: [{name: it, cluster: {server: %q, certificate-authority: %q}}], users: [{name: admin, user: {token: %q}}]}`, url, certificate, token)
	if err := os.WriteFile(filepath.Join(s.dir, "kubeconfig"), []byte(config), 0o600); err != nil {
		return nil, err
	}
	return server, s.run(
		os.Getenv(controllersEnv), "--kubeconfig=kubeconfig", "--leader-elect=false", "--secure-port=0",
		"--controllers=cronjob-controller,job-controller,garbage-collector-controller,ttl-after-finished-controller,namespace-controller")
}

// run starts a program, with a log beside its files.
func (s *servers) run(words ...string) error {
	output, err := os.Create(filepath.Join(s.dir, filepath.Base(words[0])+".log"))
	if err != nil {
		return err
	}
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, output, output
	// They end with the tests, also if these are killed.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := errors.Join(cmd.Start(), output.Close()); err != nil {
		return err
	}
	s.started = append(s.started, cmd)
	return nil
}

// stop ends them, the last one first.
func (s *servers) stop() {
	for _, cmd := range slices.Backward(s.started) {
		_ = cmd.Process.Kill() // It may have ended; there is nothing to keep.
		_ = cmd.Wait()
	}
}

// freePorts returns ports below those that Linux gives to outgoing connections.
func freePorts(n int) (ports []string, err error) {
	for port := 24400; port < 24500 && len(ports) < n; port++ {
		listener, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err != nil {
			continue
		}
		if err := listener.Close(); err != nil {
			return nil, err
		}
		ports = append(ports, strconv.Itoa(port))
	}
	if len(ports) < n {
		return nil, errors.New("no port is free from 24400 to 24499")
	}
	return ports, nil
}

// writeKey makes the key that signs the tokens of service accounts.
func writeKey(file string) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}
	return os.WriteFile(file, pem.EncodeToMemory(block), 0o600)
}

// connect waits until the server has made its certificate and is ready.
func connect(certificate, url string) (*api, error) {
	const patience = 2 * time.Minute
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	a := &api{url: url}
	for ; ; time.Sleep(100 * time.Millisecond) {
		if ctx.Err() != nil {
			return nil, errors.New("it is not ready after two minutes")
		}
		authorities := x509.NewCertPool()
		text, err := os.ReadFile(certificate)
		if err != nil || !authorities.AppendCertsFromPEM(text) {
			continue
		}
		a.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authorities, MinVersion: tls.VersionTLS13}}}
		if answer, err := a.call(ctx, http.MethodGet, "/readyz", "", nil); err == nil && answer.status == http.StatusOK {
			return a, nil
		}
	}
}

// answer is what the API server says.
type answer struct {
	status int
	body   []byte
	// warnings are about what will be refused one day, or by a stricter namespace.
	warnings []string
}

// message returns the server's words about an error.
func (a answer) message() string {
	var status struct{ Message string }
	if err := json.Unmarshal(a.body, &status); err != nil {
		return string(a.body)
	}
	return status.Message
}

func (a *api) call(ctx context.Context, method, path, contentType string, body []byte) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, a.url+path, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := a.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, body: text, warnings: response.Header.Values("Warning")}, err
}
