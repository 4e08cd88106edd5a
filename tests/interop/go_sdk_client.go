// Tests the AWS SDK for Go, at the version of Debian 12, against the emulator. The SDK does not implement
// SRP, so users sign in with ADMIN_USER_PASSWORD_AUTH.
//
// Usage: go_sdk_client ENDPOINT [secret]
package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"
)

// The name and message of an expected exception.
type refusal struct{ code, message string }

var (
	wrong     = refusal{"NotAuthorizedException", "Incorrect username or password."}
	wrongSent = refusal{"CodeMismatchException", "Invalid verification code provided, please try again."}
	usedCode  = refusal{"ExpiredCodeException", "Your software token has already been used once."}
	wrongTOTP = refusal{"CodeMismatchException", "Invalid code received for user"}
	wrongApp  = refusal{
		"EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA",
	}
	revoked = refusal{"NotAuthorizedException", "Access Token has been revoked"}
)

var ctx = context.Background()

// A pool with an app client, whose secret is nil if it has none.
type pool struct {
	*cognito.Client
	endpoint             string
	id, clientID, secret *string
}

// A user of a pool.
type user struct {
	*pool
	name *string
}

func main() {
	p := makePool(os.Args[1], len(os.Args) > 2)
	alice := user{p, aws.String("alice")}
	alice.register()
	alice.changeProfile(alice.checkSignIn())
	alice.changePasswords()
	alice.useApp()
	fmt.Println("skip device: the SDK has no SRP, which makes the verifier of a device")
	fmt.Println("skip device-sign-in: the SDK has no SRP")
	p.administer()
	p.group()
	p.set()
}

func makePool(endpoint string, withSecret bool) *pool {
	p := &pool{endpoint: endpoint, Client: cognito.New(cognito.Options{
		Region:           "us-east-1",
		Credentials:      credentials.NewStaticCredentialsProvider("test", "test", ""),
		EndpointResolver: cognito.EndpointResolverFromURL(endpoint),
	})}
	created := must(p.CreateUserPool(ctx, &cognito.CreateUserPoolInput{
		PoolName:               aws.String("interop"),
		MfaConfiguration:       types.UserPoolMfaTypeOptional,
		AutoVerifiedAttributes: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail},
	}))
	p.id = created.UserPool.Id
	client := must(p.CreateUserPoolClient(ctx, &cognito.CreateUserPoolClientInput{
		UserPoolId: p.id, ClientName: aws.String("interop"), GenerateSecret: withSecret,
		ExplicitAuthFlows: []types.ExplicitAuthFlowsType{
			types.ExplicitAuthFlowsTypeAllowAdminUserPasswordAuth,
			types.ExplicitAuthFlowsTypeAllowUserPasswordAuth,
			types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth,
		},
	})).UserPoolClient
	p.clientID, p.secret = client.ClientId, client.ClientSecret
	return p
}

// Returns the last code that the emulator would have sent to a user.
func (p *pool) codeFor(name string) *string {
	query := url.Values{"UserPoolId": {*p.id}, "Username": {name}}
	response := must(http.Get(p.endpoint + "/_emulator/code?" + query.Encode()))
	defer response.Body.Close()
	var message struct{ Code string }
	check(json.NewDecoder(response.Body).Decode(&message))
	return &message.Code
}

// Checks that an error has exactly the expected name and message.
func refused[T any](expected refusal, _ T, err error) {
	var got smithy.APIError
	assert(errors.As(err, &got), fmt.Sprint("not refused: ", err))
	actual := refusal{got.ErrorCode(), got.ErrorMessage()}
	assert(actual == expected, fmt.Sprint(actual))
}

// Returns a different code of the same length.
func other(code *string) *string {
	last := (*code)[len(*code)-1]
	return aws.String((*code)[:len(*code)-1] + string('0'+(last-'0'+1)%10))
}

// Returns the claims of a token without verification.
func claims(token *string) members {
	payload := must(base64.RawURLEncoding.DecodeString(strings.Split(*token, ".")[1]))
	var claims members
	check(json.Unmarshal(payload, &claims))
	return claims
}

func attribute(name, value string) types.AttributeType {
	return types.AttributeType{Name: &name, Value: &value}
}

func (u user) hash() *string {
	if u.secret == nil {
		return nil
	}
	mac := hmac.New(sha256.New, []byte(*u.secret))
	mac.Write([]byte(*u.name + *u.clientID))
	return aws.String(base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// Adds the username and the SECRET_HASH to parameters of a sign-in or responses to a challenge.
func (u user) with(parameters map[string]string) map[string]string {
	parameters["USERNAME"] = *u.name
	if hash := u.hash(); hash != nil {
		parameters["SECRET_HASH"] = *hash
	}
	return parameters
}

func (u user) signIn(word string) (*cognito.AdminInitiateAuthOutput, error) {
	return u.AdminInitiateAuth(ctx, &cognito.AdminInitiateAuthInput{
		UserPoolId: u.id, ClientId: u.clientID, AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth,
		AuthParameters: u.with(map[string]string{"PASSWORD": word}),
	})
}

func (u user) tokens() *types.AuthenticationResultType {
	result := must(u.signIn(password)).AuthenticationResult
	assert(result != nil, "a challenge")
	return result
}

func (u user) refresh(token string) (*cognito.InitiateAuthOutput, error) {
	return u.InitiateAuth(ctx, &cognito.InitiateAuthInput{
		ClientId: u.clientID, AuthFlow: types.AuthFlowTypeRefreshTokenAuth,
		AuthParameters: u.with(map[string]string{"REFRESH_TOKEN": token}),
	})
}

func (u user) get(token *string) (*cognito.GetUserOutput, error) {
	return u.GetUser(ctx, &cognito.GetUserInput{AccessToken: token})
}

func (u user) register() {
	signUp := func(u user, word string) (*cognito.SignUpOutput, error) {
		return u.SignUp(ctx, &cognito.SignUpInput{
			ClientId: u.clientID, SecretHash: u.hash(), Username: u.name, Password: &word,
			UserAttributes: []types.AttributeType{attribute("email", "alice@example.com")},
		})
	}
	step("register", func() {
		signedUp := must(signUp(u, password))
		assert(!signedUp.UserConfirmed, "confirmed")
		assert(*signedUp.CodeDeliveryDetails.Destination == "a***@e***", signedUp)
		output, err := signUp(u, password)
		refused(refusal{"UsernameExistsException", "User already exists"}, output, err)
		output, err = signUp(user{u.pool, aws.String("zoe")}, "short")
		short := "Password did not conform with policy: Password not long enough"
		refused(refusal{"InvalidPasswordException", short}, output, err)
		signedIn, err := u.signIn(password)
		refused(refusal{"UserNotConfirmedException", "User is not confirmed."}, signedIn, err)
	})
	step("confirm", func() {
		confirm := func(code *string) (*cognito.ConfirmSignUpOutput, error) {
			return u.ConfirmSignUp(ctx, &cognito.ConfirmSignUpInput{
				ClientId: u.clientID, SecretHash: u.hash(), Username: u.name, ConfirmationCode: code,
			})
		}
		code := u.codeFor("alice")
		output, err := confirm(other(code))
		refused(wrongSent, output, err)
		must(confirm(code))
	})
}

func (u user) checkSignIn() (result *types.AuthenticationResultType) {
	step("sign-in", func() {
		output, err := u.signIn("Wrong-horse1")
		refused(wrong, output, err)
		result = u.tokens()
		assert(*result.TokenType == "Bearer" && result.ExpiresIn == 3600, result)
		access, id := claims(result.AccessToken), claims(result.IdToken)
		assert(access["username"] == "alice" && access["client_id"] == *u.clientID, access)
		assert(id["email"] == "alice@example.com" && id["sub"] == access["sub"], id)
		output, err = user{u.pool, aws.String("nobody")}.signIn(password)
		refused(refusal{"UserNotFoundException", "User does not exist."}, output, err)
	})
	step("refresh", func() {
		refreshed := must(u.refresh(*result.RefreshToken)).AuthenticationResult
		assert(*refreshed.AccessToken != *result.AccessToken, "the same token")
		assert(refreshed.RefreshToken == nil, "a refresh token")
		output, err := u.refresh("bogus")
		refused(refusal{"NotAuthorizedException", "Invalid Refresh Token"}, output, err)
	})
	return result
}

func (u user) changeProfile(tokens *types.AuthenticationResultType) {
	step("profile", func() {
		updated := must(u.UpdateUserAttributes(ctx, &cognito.UpdateUserAttributesInput{
			AccessToken: tokens.AccessToken,
			UserAttributes: []types.AttributeType{
				attribute("given_name", "Alice"), attribute("email", "a@new.example"),
			},
		}))
		assert(*updated.CodeDeliveryDetailsList[0].AttributeName == "email", updated)
		verify := func(code *string) (*cognito.VerifyUserAttributeOutput, error) {
			return u.VerifyUserAttribute(ctx, &cognito.VerifyUserAttributeInput{
				AccessToken: tokens.AccessToken, AttributeName: aws.String("email"), Code: code,
			})
		}
		code := u.codeFor("alice")
		output, err := verify(other(code))
		refused(wrongSent, output, err)
		must(verify(code))
		got := map[string]string{}
		for _, attribute := range must(u.get(tokens.AccessToken)).UserAttributes {
			got[*attribute.Name] = *attribute.Value
		}
		assert(got["given_name"] == "Alice" && got["email"] == "a@new.example", got)
		assert(got["email_verified"] == "true", got)
		read, err := u.get(aws.String("bogus"))
		refused(refusal{"NotAuthorizedException", "Invalid Access Token"}, read, err)
	})
}

func (u user) changePasswords() {
	tokens := u.tokens()
	step("password", func() {
		change := func(previous string) (*cognito.ChangePasswordOutput, error) {
			return u.ChangePassword(ctx, &cognito.ChangePasswordInput{
				AccessToken: tokens.AccessToken, PreviousPassword: &previous,
				ProposedPassword: aws.String("Changed-horse1"),
			})
		}
		output, err := change("Wrong-horse1")
		refused(wrong, output, err)
		must(change(password))
		old, err := u.signIn(password)
		refused(wrong, old, err)
		must(u.signIn("Changed-horse1"))
	})
	step("forgot", func() {
		sent := must(u.ForgotPassword(ctx, &cognito.ForgotPasswordInput{
			ClientId: u.clientID, SecretHash: u.hash(), Username: u.name,
		}))
		assert(*sent.CodeDeliveryDetails.Destination == "a***@n***", sent)
		confirm := func(code *string) (*cognito.ConfirmForgotPasswordOutput, error) {
			return u.ConfirmForgotPassword(ctx, &cognito.ConfirmForgotPasswordInput{
				ClientId: u.clientID, SecretHash: u.hash(), Username: u.name,
				ConfirmationCode: code, Password: aws.String(password),
			})
		}
		code := u.codeFor("alice")
		output, err := confirm(other(code))
		refused(wrongSent, output, err)
		must(confirm(code))
		u.tokens()
	})
}

func (u user) useApp() {
	token := u.tokens().AccessToken
	var app codes
	prefer := func(enabled bool) {
		must(u.SetUserMFAPreference(ctx, &cognito.SetUserMFAPreferenceInput{
			AccessToken: token,
			SoftwareTokenMfaSettings: &types.SoftwareTokenMfaSettingsType{
				Enabled: enabled, PreferredMfa: enabled,
			},
		}))
	}
	step("totp", func() {
		associated := must(u.AssociateSoftwareToken(ctx, &cognito.AssociateSoftwareTokenInput{
			AccessToken: token,
		}))
		app = codesOf(*associated.SecretCode)
		verify := func(code string) (*cognito.VerifySoftwareTokenOutput, error) {
			return u.VerifySoftwareToken(ctx, &cognito.VerifySoftwareTokenInput{
				AccessToken: token, UserCode: &code,
			})
		}
		output, err := verify(app.wrong)
		refused(wrongApp, output, err)
		verified := must(verify(app.first))
		assert(verified.Status == types.VerifySoftwareTokenResponseTypeSuccess, verified)
		prefer(true)
		assert(*must(u.get(token)).PreferredMfaSetting == "SOFTWARE_TOKEN_MFA", "not preferred")
	})
	step("totp-sign-in", func() {
		session := must(u.signIn(password)).Session
		respond := func(code string) (*cognito.AdminRespondToAuthChallengeOutput, error) {
			return u.respond(types.ChallengeNameTypeSoftwareTokenMfa, session,
				map[string]string{"SOFTWARE_TOKEN_MFA_CODE": code})
		}
		output, err := respond(app.first)
		refused(usedCode, output, err)
		output, err = respond(app.wrong)
		refused(wrongTOTP, output, err)
		token = must(respond(app.next)).AuthenticationResult.AccessToken
		prefer(false)
	})
	step("sign-out", func() {
		must(u.GlobalSignOut(ctx, &cognito.GlobalSignOutInput{AccessToken: token}))
		output, err := u.get(token)
		refused(revoked, output, err)
	})
}

func (u user) respond(
	challenge types.ChallengeNameType, session *string, responses map[string]string,
) (*cognito.AdminRespondToAuthChallengeOutput, error) {
	return u.AdminRespondToAuthChallenge(ctx, &cognito.AdminRespondToAuthChallengeInput{
		UserPoolId: u.id, ClientId: u.clientID, ChallengeName: challenge, Session: session,
		ChallengeResponses: u.with(responses),
	})
}
