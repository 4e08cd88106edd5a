package cognitotest

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestDefaultPoolHasFixedIDs(t *testing.T) {
	e := Start(t)
	if e.PoolID() != "us-east-1_Example01" || e.ClientID() != "1example23456789" {
		t.Fatal(e.Pools)
	}
	if e.Pools[0].Issuer != e.URL+"/us-east-1_Example01" {
		t.Fatal(e.Pools[0].Issuer)
	}
}

func TestSeedFileAndItsErrorsAreReported(t *testing.T) {
	file := filepath.Join(t.TempDir(), "seed.json")
	write := func(seed string) {
		if err := os.WriteFile(file, []byte(seed), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"Pools": [{"Id": "eu-west-1_Shop", "Clients": [{"ClientSecret": "s3cret"}]}]}`)
	e := StartWith(t, Options{SeedFile: file, Arguments: []string{"--seed", "7"}})
	if e.PoolID() != "eu-west-1_Shop" || e.Pools[0].Clients[0].Secret != "s3cret" {
		t.Fatal(e.Pools)
	}
	write(`{"Pools": [{"Users": [{"Username": ""}]}]}`)
	err := (&Emulator{t: t}).start(Options{SeedFile: file})
	if err == nil || !strings.Contains(err.Error(), "Pools[0].Users[0]") {
		t.Fatal(err)
	}
	t.Setenv("COGNITO_EMULATOR_PROGRAM", "/no/such/program")
	err = (&Emulator{t: t}).start(Options{})
	if err == nil || !strings.Contains(err.Error(), "cannot run /no/such/program; install cognito-emulator, or") {
		t.Fatal(err)
	}
}

func TestRunningEmulatorIsUsed(t *testing.T) {
	e := Start(t)
	connected := Connect(t, e.URL+"/")
	if !reflect.DeepEqual(connected.Pools, e.Pools) || connected.URL != e.URL {
		t.Fatalf("%+v instead of %+v", connected.Pools, e.Pools)
	}
	connected.CreateUser("alice")
	if e.Tokens("alice", nil).RefreshToken == "" {
		t.Fatal("alice was not created")
	}
}

func TestResetReturnsToTheSeed(t *testing.T) {
	e := Start(t)
	e.CreateUser("alice", "admins", "staff")
	e.CreateUser("bob", "admins")
	e.Reset()
	_, err := e.Call("AdminGetUser", Members{"UserPoolId": e.PoolID(), "Username": "alice"})
	if rejected, ok := err.(*Rejected); !ok || rejected.Code != "UserNotFoundException" {
		t.Fatal(err)
	}
}

func TestPoolWithoutIDsInTheSeedIsUsableAfterAReset(t *testing.T) {
	file := filepath.Join(t.TempDir(), "seed.json")
	if err := os.WriteFile(file, []byte(`{"Pools": [{"Clients": [{}]}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	e := StartWith(t, Options{SeedFile: file})
	e.Reset()
	if len(e.Pools) != 1 || e.Pools[0].Issuer != e.URL+"/"+e.PoolID() {
		t.Fatal(e.Pools)
	}
	e.CreateUser("alice")
	if e.Tokens("alice", nil).RefreshToken == "" {
		t.Fatal("alice was not created")
	}
}

func TestTokensCarryClaims(t *testing.T) {
	e := Start(t)
	e.CreateUser("alice", "admins")
	tokens := e.Tokens("alice", Members{"scope": "orders/read"})
	part := strings.Split(tokens.AccessToken, ".")[1]
	claims, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil || !strings.Contains(string(claims), `["admins"]`) || tokens.RefreshToken == "" {
		t.Fatal(string(claims), err)
	}
	if stranger := e.Tokens("nobody", nil); stranger.RefreshToken != "" {
		t.Fatal(stranger)
	}
}

func TestTokensNameTheUserAsASignInDoes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "seed.json")
	seed := `{"Pools": [{"UsernameAttributes": ["email"], "Clients": [
	  {"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]}]}]}`
	if err := os.WriteFile(file, []byte(seed), 0o600); err != nil {
		t.Fatal(err)
	}
	e := StartWith(t, Options{SeedFile: file})
	e.CreateUser("alice@shop.example")
	output, err := e.Call("InitiateAuth", Members{
		"ClientId": e.ClientID(), "AuthFlow": "USER_PASSWORD_AUTH",
		"AuthParameters": Members{"USERNAME": "alice@shop.example", "PASSWORD": Password},
	})
	if err != nil {
		t.Fatal(err)
	}
	signedIn := output["AuthenticationResult"].(Members)
	tokens := e.Tokens("alice@shop.example", nil)
	for issued, expected := range map[string]interface{}{
		tokens.AccessToken: signedIn["AccessToken"], tokens.IdToken: signedIn["IdToken"],
	} {
		if issued, expected := names(t, issued), names(t, expected.(string)); issued != expected {
			t.Fatalf("%v instead of %v", issued, expected)
		}
	}
}

// The claims of a token that name the user.
func names(t *testing.T, token string) (names [3]interface{}) {
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	claims := Members{}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	for index, name := range []string{"sub", "username", "cognito:username"} {
		names[index] = claims[name]
	}
	return names
}

func TestPlannedFaultIsInjected(t *testing.T) {
	e := Start(t)
	e.PlanFault("GetUser", "Throttled")
	_, err := e.Call("GetUser", Members{"AccessToken": "any"})
	if rejected, ok := err.(*Rejected); !ok || rejected.Code != "TooManyRequestsException" {
		t.Fatal(err)
	}
}

// The next test runs this one in a process that it kills.
func TestThatWaits(t *testing.T) {
	if os.Getenv("COGNITOTEST_WAITS") == "" {
		t.Skip("part of TestEmulatorEndsWithinASecondOfAKilledTest")
	}
	e := Start(t)
	fmt.Printf("pid %d\n", e.command.Process.Pid)
	time.Sleep(time.Minute)
}

func TestEmulatorEndsWithinASecondOfAKilledTest(t *testing.T) {
	test := exec.Command(os.Args[0], "-test.run", "^TestThatWaits$", "-test.v")
	test.Env = append(os.Environ(), "COGNITOTEST_WAITS=1")
	stdout, err := test.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := test.Start(); err != nil {
		t.Fatal(err)
	}
	lines, pid := bufio.NewScanner(stdout), 0
	for pid == 0 && lines.Scan() {
		pid, _ = strconv.Atoi(strings.TrimPrefix(lines.Text(), "pid "))
	}
	if !isRunning(pid) {
		t.Fatal("the emulator does not run")
	}
	test.Process.Kill()
	test.Wait()
	for killed := time.Now(); isRunning(pid); time.Sleep(10 * time.Millisecond) {
		if time.Since(killed) > time.Second {
			t.Fatal("the emulator still runs")
		}
	}
}

// A zombie is not running.
func isRunning(pid int) bool {
	state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(state), ") Z ")
}
