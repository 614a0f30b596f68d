namespace Load.Driver;

/// <summary>Finds the repository around the working directory, for default paths, the commit and the report.</summary>
internal static class RepositoryRoot
{
    public static string Find()
    {
        for (DirectoryInfo? folder = new(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Gateway.sln")))
                return folder.FullName;
        }

        return Environment.CurrentDirectory;
    }
}
