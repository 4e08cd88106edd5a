package main

// The steps of administrators of go_sdk_client.

import (
	"fmt"
	"sort"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

func (p *pool) administer() {
	carol := user{p, aws.String("carol")}
	step("admin", func() {
		created := must(p.AdminCreateUser(ctx, &cognito.AdminCreateUserInput{
			UserPoolId: p.id, Username: carol.name,
			DesiredDeliveryMediums: []types.DeliveryMediumType{types.DeliveryMediumTypeEmail},
			UserAttributes: []types.AttributeType{
				attribute("email", "carol@example.com"), attribute("email_verified", "true"),
			},
		})).User
		assert(created.UserStatus == types.UserStatusTypeForceChangePassword, created)
		invited := must(carol.signIn(*p.codeFor("carol")))
		assert(invited.ChallengeName == types.ChallengeNameTypeNewPasswordRequired, invited)
		must(carol.respond(invited.ChallengeName, invited.Session,
			map[string]string{"NEW_PASSWORD": password}))
		must(p.AdminDisableUser(ctx, &cognito.AdminDisableUserInput{
			UserPoolId: p.id, Username: carol.name,
		}))
		output, err := carol.signIn(password)
		refused(refusal{"NotAuthorizedException", "User is disabled."}, output, err)
		must(p.AdminEnableUser(ctx, &cognito.AdminEnableUserInput{
			UserPoolId: p.id, Username: carol.name,
		}))
		token := carol.tokens().AccessToken
		must(p.AdminUserGlobalSignOut(ctx, &cognito.AdminUserGlobalSignOutInput{
			UserPoolId: p.id, Username: carol.name,
		}))
		read, err := carol.get(token)
		refused(revoked, read, err)
		must(p.AdminResetUserPassword(ctx, &cognito.AdminResetUserPasswordInput{
			UserPoolId: p.id, Username: carol.name,
		}))
		output, err = carol.signIn(password)
		reset := refusal{"PasswordResetRequiredException", "Password reset required for the user"}
		refused(reset, output, err)
		must(p.AdminDeleteUser(ctx, &cognito.AdminDeleteUserInput{
			UserPoolId: p.id, Username: carol.name,
		}))
		output, err = carol.signIn(password)
		refused(refusal{"UserNotFoundException", "User does not exist."}, output, err)
	})
}

// Creates a confirmed user.
func (p *pool) addUser(name string) user {
	u := user{p, &name}
	must(p.AdminCreateUser(ctx, &cognito.AdminCreateUserInput{
		UserPoolId: p.id, Username: u.name, MessageAction: types.MessageActionTypeSuppress,
	}))
	must(p.AdminSetUserPassword(ctx, &cognito.AdminSetUserPasswordInput{
		UserPoolId: p.id, Username: u.name, Password: aws.String(password), Permanent: true,
	}))
	return u
}

func (p *pool) group() {
	beta := aws.String("beta")
	step("groups", func() {
		create := func() (*cognito.CreateGroupOutput, error) {
			return p.CreateGroup(ctx, &cognito.CreateGroupInput{
				UserPoolId: p.id, GroupName: beta, Precedence: aws.Int32(1),
			})
		}
		assert(*must(create()).Group.Precedence == 1, "no precedence")
		output, err := create()
		exists := "A group with the name already exists."
		refused(refusal{"GroupExistsException", exists}, output, err)
		var dave user
		for number := 0; number < 4; number++ {
			dave = p.addUser(fmt.Sprintf("user-%d", number))
			must(p.AdminAddUserToGroup(ctx, &cognito.AdminAddUserToGroupInput{
				UserPoolId: p.id, GroupName: beta, Username: dave.name,
			}))
		}
		sizes := p.pageSizes(beta)
		assert(len(sizes) == 2 && sizes[0] == 3 && sizes[1] == 1, sizes)
		id := claims(dave.tokens().IdToken)
		assert(fmt.Sprint(id["cognito:groups"]) == "[beta]", id)
		must(p.DeleteGroup(ctx, &cognito.DeleteGroupInput{UserPoolId: p.id, GroupName: beta}))
		groups := must(p.ListGroups(ctx, &cognito.ListGroupsInput{UserPoolId: p.id})).Groups
		assert(len(groups) == 0, groups)
	})
}

// Returns the sizes of the pages of a group's users.
func (p *pool) pageSizes(group *string) (sizes []int) {
	pages := cognito.NewListUsersInGroupPaginator(p, &cognito.ListUsersInGroupInput{
		UserPoolId: p.id, GroupName: group, Limit: aws.Int32(3),
	})
	for pages.HasMorePages() {
		sizes = append(sizes, len(must(pages.NextPage(ctx)).Users))
	}
	return sizes
}

func (p *pool) set() {
	step("settings", func() {
		created := must(p.CreateUserPool(ctx, &cognito.CreateUserPoolInput{
			PoolName:           aws.String("settings"),
			DeletionProtection: types.DeletionProtectionTypeActive,
			Policies: &types.UserPoolPolicyType{
				PasswordPolicy: &types.PasswordPolicyType{MinimumLength: 12},
			},
		})).UserPool
		assert(created.Policies.PasswordPolicy.MinimumLength == 12, created)
		var ids []string
		for _, name := range []string{"one", "two"} {
			client := must(p.CreateUserPoolClient(ctx, &cognito.CreateUserPoolClientInput{
				UserPoolId: created.Id, ClientName: aws.String(name),
			}))
			ids = append(ids, *client.UserPoolClient.ClientId)
		}
		listed := []string{}
		for _, client := range must(p.ListUserPoolClients(ctx, &cognito.ListUserPoolClientsInput{
			UserPoolId: created.Id, MaxResults: 10,
		})).UserPoolClients {
			listed = append(listed, *client.ClientId)
		}
		sort.Strings(ids)
		sort.Strings(listed)
		assert(fmt.Sprint(ids) == fmt.Sprint(listed), listed)
		p.deleteProtected(created.Id)
	})
}

// Deletes a pool, which the emulator rejects until deletion protection is inactive.
func (p *pool) deleteProtected(id *string) {
	remove := func() (*cognito.DeleteUserPoolOutput, error) {
		return p.DeleteUserPool(ctx, &cognito.DeleteUserPoolInput{UserPoolId: id})
	}
	output, err := remove()
	protected := "The user pool cannot be deleted because deletion protection is activated. " +
		"Deletion protection must be inactivated first."
	refused(refusal{"InvalidParameterException", protected}, output, err)
	must(p.UpdateUserPool(ctx, &cognito.UpdateUserPoolInput{
		UserPoolId: id, DeletionProtection: types.DeletionProtectionTypeInactive,
	}))
	must(remove())
	described, err := p.DescribeUserPool(ctx, &cognito.DescribeUserPoolInput{UserPoolId: id})
	unknown := "User pool " + *id + " does not exist."
	refused(refusal{"ResourceNotFoundException", unknown}, described, err)
}
