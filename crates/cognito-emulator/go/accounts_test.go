package cognitotest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"cognitotest" // its path in your module

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// An application: accounts of customers in a user pool.
type accounts struct {
	client   *cognito.Client
	clientID string
}

func newAccounts(t *testing.T) (*cognitotest.Emulator, *accounts) {
	emulator := cognitotest.Start(t) // stops at the end of the test
	client := cognito.New(cognito.Options{
		Region:      "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		// Newer versions of the SDK: BaseEndpoint: aws.String(emulator.URL), or the variable
		// AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER.
		EndpointResolver: cognito.EndpointResolverFromURL(emulator.URL),
	})
	return emulator, &accounts{client, emulator.ClientID()}
}

func (a *accounts) signIn(username, password string) (string, error) {
	output, err := a.client.InitiateAuth(context.Background(), &cognito.InitiateAuthInput{
		ClientId:       &a.clientID,
		AuthFlow:       types.AuthFlowTypeUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": username, "PASSWORD": password},
	})
	if err != nil {
		return "", err
	}
	return *output.AuthenticationResult.AccessToken, nil
}

func (a *accounts) email(accessToken string) (string, error) {
	user, err := a.client.GetUser(context.Background(), &cognito.GetUserInput{AccessToken: &accessToken})
	if err != nil {
		return "", err
	}
	for _, attribute := range user.UserAttributes {
		if *attribute.Name == "email" {
			return *attribute.Value, nil
		}
	}
	return "", errors.New("the user has no address")
}

func TestCustomerSignsUpAndSignsIn(t *testing.T) {
	emulator, accounts := newAccounts(t)
	ctx := context.Background()
	_, err := accounts.client.SignUp(ctx, &cognito.SignUpInput{
		ClientId: &accounts.clientID,
		Username: aws.String("carol"),
		Password: aws.String("Correct-horse1"),
		UserAttributes: []types.AttributeType{
			{Name: aws.String("email"), Value: aws.String("carol@example.com")},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = accounts.client.ConfirmSignUp(ctx, &cognito.ConfirmSignUpInput{
		ClientId:         &accounts.clientID,
		Username:         aws.String("carol"),
		ConfirmationCode: aws.String(emulator.Code("carol")),
	})
	if err != nil {
		t.Fatal(err)
	}
	token, err := accounts.signIn("carol", "Correct-horse1")
	if err != nil {
		t.Fatal(err)
	}
	if email, err := accounts.email(token); email != "carol@example.com" {
		t.Fatal(email, err)
	}
}

func TestWrongPasswordIsRejected(t *testing.T) {
	emulator, accounts := newAccounts(t)
	emulator.CreateUser("alice")
	_, err := accounts.signIn("alice", "Wrong-horse1")
	var rejected *types.NotAuthorizedException
	if !errors.As(err, &rejected) {
		t.Fatal(err)
	}
}

func TestTokenExpires(t *testing.T) {
	emulator, accounts := newAccounts(t)
	emulator.CreateUser("alice", "admins")
	token := emulator.Tokens("alice", nil).AccessToken // without a sign-in
	if email, err := accounts.email(token); email != "alice@example.com" {
		t.Fatal(email, err)
	}
	emulator.AdvanceClock(2 * time.Hour)
	var rejected *types.NotAuthorizedException
	if _, err := accounts.email(token); !errors.As(err, &rejected) {
		t.Fatal(err)
	}
}
