// Package cognitotest runs cognito-emulator in tests: Amazon Cognito user pools without AWS. Copy
// this file into a package of your module; it needs only the standard library (Go 1.19 or newer).
package cognitotest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Password is the password of users that CreateUser creates.
const Password = "Correct-horse1"

const seed = `{"Pools": [{"Id": "us-east-1_Example01", "PoolName": "tests",
  "AutoVerifiedAttributes": ["email"],
  "Clients": [{"ClientId": "1example23456789", "ClientName": "tests",
    "ExplicitAuthFlows": ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_CUSTOM_AUTH",
      "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH",
      "ALLOW_USER_SRP_AUTH"]}]}]}`

// Members is a JSON object.
type Members = map[string]interface{}

// Options are the settings of an emulator.
type Options struct {
	// SeedFile has pools, app clients, groups and users. The default is the pool us-east-1_Example01,
	// whose app client 1example23456789 allows every flow.
	SeedFile string
	// Arguments are further options of "cognito-emulator serve".
	Arguments []string
}

// Client is an app client of a pool.
type Client struct{ ID, Name, Secret string }

// Pool is a user pool of the seed file.
type Pool struct {
	ID, Name, Issuer, JWKS string
	Clients                []Client
}

// Emulator is a running emulator.
type Emulator struct {
	URL   string
	Pools []Pool

	t       testing.TB
	command *exec.Cmd
	stdin   io.Closer
}

// Rejected is the error of an operation that was rejected. Code is the name of the exception.
type Rejected struct{ Operation, Code, Message string }

func (r *Rejected) Error() string {
	return r.Operation + ": " + r.Code + ": " + r.Message
}

// Start starts an emulator, which stops at the end of the test, or with the test process if that is
// killed. The program is taken from the variable COGNITO_EMULATOR_PROGRAM, or is cognito-emulator
// on the path.
func Start(t testing.TB) *Emulator {
	t.Helper()
	return StartWith(t, Options{})
}

// StartWith starts an emulator with options.
func StartWith(t testing.TB, options Options) *Emulator {
	t.Helper()
	e := &Emulator{t: t}
	if err := e.start(options); err != nil {
		t.Fatalf("cannot start the emulator: %v", err)
	}
	t.Cleanup(e.stop)
	return e
}

// Connect connects to a running emulator, such as one in a container. It is not stopped after the
// test.
func Connect(t testing.TB, url string) *Emulator {
	t.Helper()
	e := &Emulator{URL: strings.TrimRight(url, "/"), t: t}
	e.readPools()
	return e
}

// readPools fetches the pools. Ids that are missing from the seed file change with a reset.
func (e *Emulator) readPools() {
	e.t.Helper()
	var pools []struct {
		ID, Name, Issuer, JwksURI string
		Clients                   []struct{ ClientID, ClientName, ClientSecret string }
	}
	e.test("GET", "pools", nil, &pools)
	e.Pools = nil
	for _, read := range pools {
		pool := Pool{ID: read.ID, Name: read.Name, Issuer: read.Issuer, JWKS: read.JwksURI}
		for _, client := range read.Clients {
			pool.Clients = append(pool.Clients, Client{client.ClientID, client.ClientName, client.ClientSecret})
		}
		e.Pools = append(e.Pools, pool)
	}
}

func (e *Emulator) start(options Options) error {
	if options.SeedFile == "" {
		options.SeedFile = filepath.Join(e.t.TempDir(), "seed.json")
		if err := os.WriteFile(options.SeedFile, []byte(seed), 0o600); err != nil {
			return err
		}
	}
	program := os.Getenv("COGNITO_EMULATOR_PROGRAM")
	if program == "" {
		program = "cognito-emulator"
	}
	arguments := []string{"serve", "--ready-json", "--exit-with-stdin", "--seed-file", options.SeedFile}
	e.command = exec.Command(program, append(arguments, options.Arguments...)...)
	var log bytes.Buffer
	e.command.Stderr = &log
	// The operating system closes this pipe when the test process ends.
	stdin, err := e.command.StdinPipe()
	if err != nil {
		return err
	}
	e.stdin = stdin
	stdout, err := e.command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := e.command.Start(); err != nil {
		return fmt.Errorf("cannot run %s; install cognito-emulator, or set COGNITO_EMULATOR_PROGRAM "+
			"to its path (%w)", program, err)
	}
	limit := time.AfterFunc(20*time.Second, func() { e.command.Process.Kill() })
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	limit.Stop()
	if err == nil {
		err = json.Unmarshal(line, e)
	}
	if err != nil {
		e.stop()
		return fmt.Errorf("%s is not ready: %s", program, strings.TrimSpace(log.String()))
	}
	return nil
}

func (e *Emulator) stop() {
	e.stdin.Close()
	limit := time.AfterFunc(6*time.Second, func() { e.command.Process.Kill() })
	defer limit.Stop()
	e.command.Wait()
}

// PoolID returns the id of the first pool.
func (e *Emulator) PoolID() string { return e.Pools[0].ID }

// ClientID returns the id of its first app client.
func (e *Emulator) ClientID() string { return e.Pools[0].Clients[0].ID }

// Reset resets the emulator to its state after the start, and the clock to the system time.
func (e *Emulator) Reset() {
	e.t.Helper()
	e.test("POST", "reset", Members{}, nil)
	e.readPools()
}

// CreateUser creates a confirmed user with Password, and missing groups.
func (e *Emulator) CreateUser(username string, groups ...string) {
	e.t.Helper()
	email := username
	if !strings.Contains(username, "@") {
		email += "@example.com"
	}
	attributes := []Members{
		{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"},
	}
	e.must("AdminCreateUser", username, Members{
		"MessageAction": "SUPPRESS", "UserAttributes": attributes,
	})
	e.must("AdminSetUserPassword", username, Members{"Password": Password, "Permanent": true})
	for _, group := range groups {
		_, err := e.Call("CreateGroup", Members{"UserPoolId": e.PoolID(), "GroupName": group})
		if rejected, ok := err.(*Rejected); err != nil && !(ok && rejected.Code == "GroupExistsException") {
			e.t.Fatal(err)
		}
		e.must("AdminAddUserToGroup", username, Members{"GroupName": group})
	}
}

func (e *Emulator) must(operation, username string, members Members) {
	e.t.Helper()
	members["UserPoolId"], members["Username"] = e.PoolID(), username
	if _, err := e.Call(operation, members); err != nil {
		e.t.Fatal(err)
	}
}

// Code returns the code of the last message to a user.
func (e *Emulator) Code(username string) string {
	e.t.Helper()
	query := url.Values{"UserPoolId": {e.PoolID()}, "Username": {username}}
	var message struct{ Code string }
	e.test("GET", "code?"+query.Encode(), nil, &message)
	return message.Code
}

// Tokens are the tokens of a user. RefreshToken is empty if the user does not exist.
type Tokens struct{ AccessToken, IdToken, RefreshToken string }

// Tokens issues tokens without a sign-in. The claims replace those of a sign-in.
func (e *Emulator) Tokens(username string, claims Members) Tokens {
	e.t.Helper()
	all := Members{"username": username, "cognito:username": username}
	for name, value := range claims {
		all[name] = value
	}
	var tokens Tokens
	members := Members{"UserPoolId": e.PoolID(), "ClientId": e.ClientID(), "Claims": all}
	e.test("POST", "tokens", members, &tokens)
	return tokens
}

// AdvanceClock moves the clock, by which codes and tokens expire, ahead by whole seconds.
func (e *Emulator) AdvanceClock(by time.Duration) {
	e.t.Helper()
	if by%time.Second != 0 {
		e.t.Fatalf("the clock moves by whole seconds, not by %v", by)
	}
	e.test("POST", "clock", Members{"AdvanceSeconds": int64(by / time.Second)}, nil)
}

// PlanFault plans a fault for the next call of an operation, such as "Throttled".
func (e *Emulator) PlanFault(operation, fault string) {
	e.t.Helper()
	e.test("POST", "faults", Members{"Operation": operation, "Fault": fault}, nil)
}

// Call runs an operation of the API, such as AdminGetUser.
func (e *Emulator) Call(operation string, members Members) (Members, error) {
	output := Members{}
	target := "AWSCognitoIdentityProviderService." + operation
	return output, e.send(operation, "POST", "/", target, members, &output)
}

func (e *Emulator) test(method, path string, members Members, output interface{}) {
	e.t.Helper()
	if err := e.send(path, method, "/_emulator/"+path, "", members, output); err != nil {
		e.t.Fatal(err)
	}
}

var httpClient = &http.Client{Timeout: 30 * time.Second}

func (e *Emulator) send(name, method, path, target string, members Members, output interface{}) error {
	var body bytes.Buffer
	if members != nil {
		if err := json.NewEncoder(&body).Encode(members); err != nil {
			return err
		}
	}
	request, err := http.NewRequest(method, e.URL+path, &body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.1")
	if target != "" {
		request.Header.Set("X-Amz-Target", target)
	}
	response, err := httpClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= 300 {
		var failure struct {
			Type    string `json:"__type"`
			Message string `json:"message"`
		}
		if err := json.NewDecoder(response.Body).Decode(&failure); err != nil {
			return fmt.Errorf("%s: HTTP status %s", name, response.Status)
		}
		return &Rejected{name, failure.Type, failure.Message}
	}
	if output == nil {
		return nil
	}
	// Some responses are empty.
	if err := json.NewDecoder(response.Body).Decode(output); err != nil && err != io.EOF {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
