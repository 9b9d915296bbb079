using Proa.Api.Models.Meta;
using Proa.ApiServer.Pipeline;

namespace Proa.ApiServer.Verbs;

/// <summary>Deletes one object.</summary>
internal sealed class DeleteVerb(ObjectDeleter deleter, Answers answers)
{
    public async ValueTask<ApiResponse> HandleAsync(RequestScope scope, CancellationToken ct)
    {
        var options = DeleteParameters.Read(scope.Request);
        if (!options.Ok)
        {
            return ApiResponse.Of(options.Error);
        }
        var parameters = new WriteParameters(options.Value.DryRun, "", FieldValidation.Ignore, false) { Options = options.Value.ToJson };
        var written = await deleter.DeleteAsync(WriteScope.Of(scope, parameters), scope.Name, options.Value, ct);
        if (!written.Ok)
        {
            return ApiResponse.Of(written.Error);
        }
        var result = written.Value;
        if (!result.Deleted || DeletionRules.AnswersObject(scope.Type))
        {
            var code = !result.Deleted && options.Value.OrphanDependentsIsFalse ? 202 : 200;
            return answers.Object(scope, result.Json, result.Revision, code);
        }
        return ApiResponse.Of(Statuses.Success(details: new StatusDetails
        {
            Group = scope.Type.Group.Length == 0 ? null : scope.Type.Group,
            Kind = scope.Type.Plural,
            Name = scope.Name,
            Uid = result.Uid,
        }), 200);
    }
}
