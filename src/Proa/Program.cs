using Proa.Commands;

return await CommandTree.RunAsync(args);
