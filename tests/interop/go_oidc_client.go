// Signs in with managed login, go-oidc and golang.org/x/oauth2, at the versions of Debian 12. They have
// no option for PKCE, so this program sets its parameters. go-oidc 3 is not tested.
//
// Usage: go_oidc_client ENDPOINT PACKAGES KIND
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"

	oidc "github.com/coreos/go-oidc"
	"golang.org/x/oauth2"
)

const (
	callback  = "https://app.localhost:8443/callback"
	loggedOut = "https://app.localhost:8443/"

	// The field for the code of an authenticator app.
	codeField = "SOFTWARE_TOKEN_MFA_CODE"
)

var scopes = []string{"openid", "email"}

// An application: an app client that may use managed login.
type app struct {
	endpoint, issuer, poolID, clientID string

	config   oauth2.Config
	provider *oidc.Provider
}

// The values of an authorization request that the application stores.
type kept struct{ state, nonce, verifier string }

type tokens struct {
	*oauth2.Token
	id *oidc.IDToken
}

func main() {
	a := makeApp(os.Args[1], os.Args[3] == "secret")
	browser := newBrowser()
	var first tokens

	step("sign-in", func() {
		address, k := a.start(callback, scopes)
		first = must(a.finish(browser.signIn(address), k))
		var claims struct {
			Username string `json:"cognito:username"`
		}
		check(first.id.Claims(&claims))
		assert(claims.Username == "alice", claims.Username)
		check(first.id.VerifyAccessToken(first.AccessToken))
		address, _ = a.start(callback, scopes)
		_, other := a.start(callback, scopes)
		_, err := a.finish(browser.open(address, nil).location, other)
		assert(err != nil, "the response to another request")
	})
	step("wrong-password", func() {
		other := newBrowser()
		address, _ := a.start(callback, scopes)
		fields := url.Values{"username": {"alice"}, "password": {"Wrong-horse1"}}
		page := other.submit(other.open(address, nil), fields)
		assert(strings.Contains(page.text, "Incorrect username or password."), page.text)
	})
	step("second-sign-in", func() {
		address, k := a.start(callback, scopes)
		location := browser.open(address, nil).location
		second := must(a.finish(location, k))
		assert(second.id.Subject == first.id.Subject, second.id.Subject)
		_, err := a.finish(location, k)
		assert(err != nil, "the code again")
	})
	step("refresh", func() {
		refreshed := must(a.refresh(first.RefreshToken))
		assert(refreshed.AccessToken != first.AccessToken, "the same token")
		_, err := a.refresh("bogus")
		assert(err != nil, "a bogus token")
	})
	step("user-info", func() {
		info := must(a.provider.UserInfo(context.Background(), oauth2.StaticTokenSource(first.Token)))
		assert(info.Subject == first.id.Subject && info.Email == "alice@example.com", info.Email)
	})
	step("mfa", func() {
		codes, other := a.addUserWithApp("bob"), newBrowser()
		address, k := a.start(callback, scopes)
		fields := url.Values{"username": {"bob"}, "password": {password}}
		page := other.submit(other.open(address, nil), fields)
		page = other.submit(page, url.Values{codeField: {codes.wrong}})
		assert(strings.Contains(page.text, "Invalid code received for user"), page.text)
		signedIn := must(a.finish(other.submit(page, url.Values{codeField: {codes.next}}).location, k))
		assert(signedIn.id.Subject != first.id.Subject, "alice")
	})
	step("provider", func() {
		other := newBrowser()
		address, k := a.start(callback, scopes)
		page := other.open(address+"&identity_provider=Google", nil)
		signedIn := must(a.finish(other.submit(page, url.Values{"person": {"1001"}}).location, k))
		var claims members
		check(signedIn.id.Claims(&claims))
		assert(claims["cognito:username"] == "Google_1001", claims)
	})
	step("logout", func() {
		query := url.Values{"client_id": {a.clientID}, "logout_uri": {loggedOut}}
		location := browser.open(a.endpoint+"/logout?"+query.Encode(), nil).location
		assert(location != nil && location.String() == loggedOut, location)
		address, _ := a.start(callback, scopes)
		page := browser.open(address, nil)
		assert(strings.Contains(page.text, `name="password"`), page.text)
	})
	fmt.Println("skip revoke: golang.org/x/oauth2 does not revoke tokens")
	step("wrong-redirect-uri", func() {
		address, _ := a.start(callback+"/", scopes)
		page := newBrowser().open(address, nil)
		assert(page.status == 400, page.status)
		assert(page.address.Query().Get("error") == "redirect_mismatch", page.address)
	})
	step("wrong-scope", func() {
		address, k := a.start(callback, append(scopes[:2:2], "phone"))
		location := newBrowser().open(address, nil).location
		assert(location.Query().Get("error_description") == "invalid_scope", location)
		_, err := a.finish(location, k)
		assert(err != nil, "an error response")
	})
}

func makeApp(endpoint string, withSecret bool) *app {
	input := members{"PoolName": "interop", "MfaConfiguration": "OPTIONAL"}
	id := call(endpoint, "CreateUserPool", input)["UserPool"].(members)["Id"].(string)
	call(endpoint, "CreateIdentityProvider", members{
		"UserPoolId": id, "ProviderName": "Google", "ProviderType": "Google",
		"ProviderDetails": members{
			"client_id": "a", "client_secret": "b", "authorize_scopes": "openid email",
		},
	})
	client := call(endpoint, "CreateUserPoolClient", members{
		"UserPoolId": id, "ClientName": "interop", "GenerateSecret": withSecret,
		"AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": []string{"code"},
		"AllowedOAuthScopes": scopes, "CallbackURLs": []string{callback},
		"LogoutURLs": []string{loggedOut}, "SupportedIdentityProviders": []string{"COGNITO", "Google"},
	})["UserPoolClient"].(members)
	a := &app{
		endpoint: endpoint, issuer: endpoint + "/" + id, poolID: id,
		clientID: client["ClientId"].(string),
	}
	a.addUser("alice")
	a.provider = must(oidc.NewProvider(context.Background(), a.issuer))
	secret, _ := client["ClientSecret"].(string)
	a.config = oauth2.Config{
		ClientID: a.clientID, ClientSecret: secret, Endpoint: a.provider.Endpoint(),
	}
	return a
}

func (a *app) addUser(name string) {
	email := []members{{"Name": "email", "Value": name + "@example.com"}}
	call(a.endpoint, "AdminCreateUser", members{
		"UserPoolId": a.poolID, "Username": name, "UserAttributes": email,
		"MessageAction": "SUPPRESS",
	})
	call(a.endpoint, "AdminSetUserPassword", members{
		"UserPoolId": a.poolID, "Username": name, "Password": password, "Permanent": true,
	})
}

// Creates a user with an authenticator app, whose first code is used already.
func (a *app) addUserWithApp(name string) codes {
	a.addUser(name)
	token := send(must(http.NewRequest("POST", a.endpoint+"/_emulator/tokens", body(members{
		"UserPoolId": a.poolID, "ClientId": a.clientID, "Username": name,
	}))))["AccessToken"]
	secret := call(a.endpoint, "AssociateSoftwareToken", members{"AccessToken": token})["SecretCode"]
	codes := codesOf(secret.(string))
	call(a.endpoint, "VerifySoftwareToken", members{"AccessToken": token, "UserCode": codes.first})
	call(a.endpoint, "AdminSetUserMFAPreference", members{
		"UserPoolId": a.poolID, "Username": name,
		"SoftwareTokenMfaSettings": members{"Enabled": true, "PreferredMfa": true},
	})
	return codes
}

// Sends the request of an operation as an administrator.
func call(endpoint, operation string, input members) members {
	request := must(http.NewRequest("POST", endpoint, body(input)))
	request.Header.Set("Content-Type", "application/x-amz-json-1.1")
	request.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	return send(request)
}

func body(input members) io.Reader {
	return bytes.NewReader(must(json.Marshal(input)))
}

func send(request *http.Request) members {
	response := must(http.DefaultClient.Do(request))
	defer response.Body.Close()
	var output members
	check(json.NewDecoder(response.Body).Decode(&output))
	assert(response.StatusCode == 200, output)
	return output
}

func (a *app) start(redirect string, scopes []string) (string, kept) {
	k := kept{state: random(), nonce: random(), verifier: random()}
	challenge := sha256.Sum256([]byte(k.verifier))
	config := a.config
	config.RedirectURL, config.Scopes = redirect, scopes
	return config.AuthCodeURL(k.state,
		oidc.Nonce(k.nonce),
		oauth2.SetAuthURLParam("code_challenge", base64.RawURLEncoding.EncodeToString(challenge[:])),
		oauth2.SetAuthURLParam("code_challenge_method", "S256"),
	), k
}

// Exchanges the code and verifies the ID token, as in the example of go-oidc.
func (a *app) finish(location *url.URL, k kept) (tokens, error) {
	query := location.Query()
	if query.Get("state") != k.state {
		return tokens{}, errors.New("state did not match")
	}
	ctx, config := context.Background(), a.config
	config.RedirectURL = callback
	verifier := oauth2.SetAuthURLParam("code_verifier", k.verifier)
	token, err := config.Exchange(ctx, query.Get("code"), verifier)
	if err != nil {
		return tokens{}, err
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := a.provider.Verifier(&oidc.Config{ClientID: a.clientID}).Verify(ctx, raw)
	if err == nil && id.Nonce != k.nonce {
		err = errors.New("nonce did not match")
	}
	return tokens{token, id}, err
}

func (a *app) refresh(token string) (*oauth2.Token, error) {
	return a.config.TokenSource(context.Background(), &oauth2.Token{RefreshToken: token}).Token()
}

// A browser with its cookies.
type browser struct{ client http.Client }

// A page, or the URL of the application to which a redirect leads.
type page struct {
	address, location *url.URL
	status            int
	text              string
}

func newBrowser() *browser {
	stop := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{http.Client{Jar: must(cookiejar.New(nil)), CheckRedirect: stop}}
}

func (b *browser) open(address string, form url.Values) page {
	for hop := 0; hop < 10; hop++ {
		method, body := "GET", ""
		if form != nil {
			method, body = "POST", form.Encode()
		}
		request := must(http.NewRequest(method, address, strings.NewReader(body)))
		if request.URL.Host == "app.localhost:8443" {
			return page{location: request.URL}
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		response := must(b.client.Do(request))
		text := string(must(io.ReadAll(response.Body)))
		response.Body.Close()
		if response.StatusCode != 302 {
			return page{address: request.URL, status: response.StatusCode, text: text}
		}
		address, form = must(response.Location()).String(), nil
	}
	panic("too many redirects")
}

var (
	forms  = regexp.MustCompile(`(?s)<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>`)
	hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)
)

// Submits the form of a page that contains these fields, including its hidden fields.
func (b *browser) submit(p page, fields url.Values) page {
	for _, form := range forms.FindAllStringSubmatch(p.text, -1) {
		missing := false
		for name := range fields {
			missing = missing || !strings.Contains(form[2], `name="`+name+`"`)
		}
		if missing {
			continue
		}
		for _, field := range hidden.FindAllStringSubmatch(form[2], -1) {
			fields.Set(field[1], html.UnescapeString(field[2]))
		}
		return b.open(must(p.address.Parse(html.UnescapeString(form[1]))).String(), fields)
	}
	panic("no form: " + p.text)
}

func (b *browser) signIn(address string) *url.URL {
	fields := url.Values{"username": {"alice"}, "password": {password}}
	submitted := b.submit(b.open(address, nil), fields)
	assert(submitted.location != nil, submitted.text)
	return submitted.location
}

func random() string {
	value := make([]byte, 32)
	must(rand.Read(value))
	return base64.RawURLEncoding.EncodeToString(value)
}
