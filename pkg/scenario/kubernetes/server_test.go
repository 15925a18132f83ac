// Package kubernetes_test renders the examples for Kubernetes with kustomize, reads them
// as the types of k8s.io/api, and gives them to a real API server. So it does with what
// "crm-tool schedule kubernetes" prints.
//
// The API server runs with Debian's etcd and without anything that would run a pod; .ci/kubernetes
// sets both up. Nothing else is called.
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
	etcdEnv   = "CRM_TOOL_TEST_ETCD"
	serverEnv = "CRM_TOOL_TEST_KUBE_APISERVER"
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
	if os.Getenv(etcdEnv) == "" || os.Getenv(serverEnv) == "" {
		log.Fatalf("%s and %s are not set: run make test-kubernetes", etcdEnv, serverEnv)
	}
	dir, err := os.MkdirTemp("", "crm-tool-kubernetes")
	if err != nil {
		log.Fatal(err)
	}
	var stop func()
	shared, stop, err = start(dir)
	if err != nil {
		stop()
		log.Fatalf("start the API server, see %s: %v", dir, err)
	}
	status := m.Run()
	stop()
	if err := os.RemoveAll(dir); err != nil {
		log.Print(err)
	}
	os.Exit(status)
}

// start runs etcd and the API server. What it returns to stop them may always be called.
func start(dir string) (server *api, stop func(), err error) {
	var started []*exec.Cmd
	stop = func() {
		for _, cmd := range slices.Backward(started) {
			_ = cmd.Process.Kill() // It may have ended; there is nothing to keep.
			_ = cmd.Wait()
		}
	}
	ports, err := freePorts(3)
	if err != nil {
		return nil, stop, err
	}
	if err := writeKey(filepath.Join(dir, "accounts.key")); err != nil {
		return nil, stop, err
	}
	if err := os.WriteFile(filepath.Join(dir, "tokens.csv"), []byte(token+`,admin,admin,"system:masters"`+"\n"), 0o600); err != nil {
		return nil, stop, err
	}
	client, peer := "http://127.0.0.1:"+ports[0], "http://127.0.0.1:"+ports[1]
	commands := [][]string{
		{
			os.Getenv(etcdEnv), "--data-dir=etcd", "--listen-client-urls=" + client, "--advertise-client-urls=" + client,
			"--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer, "--initial-cluster=default=" + peer,
		},
		{
			os.Getenv(serverEnv), "--etcd-servers=" + client, "--bind-address=127.0.0.1", "--secure-port=" + ports[2], "--cert-dir=certificates",
			"--token-auth-file=tokens.csv", "--authorization-mode=AlwaysAllow", "--endpoint-reconciler-type=none",
			"--service-cluster-ip-range=10.0.0.0/24", "--service-account-issuer=https://kubernetes.default.svc",
			"--service-account-key-file=accounts.key", "--service-account-signing-key-file=accounts.key",
		},
	}
	for _, words := range commands {
		output, err := os.Create(filepath.Join(dir, filepath.Base(words[0])+".log"))
		if err != nil {
			return nil, stop, err
		}
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Dir, cmd.Stdout, cmd.Stderr = dir, output, output
		// They end with the tests, also if these are killed.
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		err = errors.Join(cmd.Start(), output.Close())
		if err != nil {
			return nil, stop, err
		}
		started = append(started, cmd)
	}
	server, err = connect(filepath.Join(dir, "certificates", "apiserver.crt"), "https://127.0.0.1:"+ports[2])
	return server, stop, err
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
